import { IsOptional, IsString } from 'class-validator';

/** The turn to cancel. */
export class CancelRequestDto {
  @IsOptional()
  @IsString()
  turn_id?: string | null;
}
