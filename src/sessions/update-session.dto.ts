import { IsObject, ValidateIf } from 'class-validator';

/** A change of a session. */
export class UpdateSessionDto {
  @IsObject({ message: 'metadata must be an object or null' })
  @ValidateIf(({ metadata }: UpdateSessionDto) => metadata !== null)
  metadata!: Record<string, unknown> | null;
}
