import { IsDefined, IsString, ValidateIf } from 'class-validator';

/** An answer to a question of the agent. */
export class ResumeRequestDto {
  @IsString()
  interrupt_id!: string;

  /** Any JSON value, null included. */
  @ValidateIf((_request, value) => value !== null)
  @IsDefined({ message: 'value must be present; it may be null' })
  value!: unknown;
}
