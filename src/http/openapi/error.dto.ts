import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

/** An error's body, for the documentation. */
@ApiSchema({ name: 'AgentSessionsError', description: 'What went wrong' })
export class ErrorDto {
  @ApiProperty({ type: 'integer', description: 'The HTTP status', example: 404 })
  statusCode!: number;

  @ApiProperty({ description: 'The name of the HTTP status', example: 'Not Found' })
  error!: string;

  @ApiProperty({
    description: 'What is wrong; with `validation_failed` a list that names each bad field',
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    example: 'Session 550e8400-e29b-41d4-a716-446655440000 not found',
  })
  message!: string | string[];

  @ApiProperty({ description: 'Stable and machine-readable', example: 'session_not_found' })
  code!: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'With `session_busy` and `turn_mismatch`: the turn that is in the way',
  })
  turn_id?: string;
}
