import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { type ErrorBody, SessionNotFoundException } from '../../exceptions/index.js';
import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { SESSION_ID } from './example-values.js';

const EXAMPLE = new SessionNotFoundException(SESSION_ID).getResponse() as ErrorBody;

/** An error's body, for the documentation. */
@ApiSchema({ name: 'AgentSessionsError', description: 'What went wrong' })
export class ErrorDto {
  @ApiProperty({ type: 'integer', description: 'The HTTP status', example: EXAMPLE.statusCode })
  statusCode!: number;

  @ApiProperty({ description: 'The name of the HTTP status', example: EXAMPLE.error })
  error!: string;

  @ApiProperty({
    description: 'What is wrong; with `validation_failed` a list that names each bad field',
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    example: EXAMPLE.message,
  })
  message!: string | string[];

  @ApiProperty({ description: 'Stable and machine-readable', example: EXAMPLE.code })
  code!: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'With `session_busy` and `turn_mismatch`: the turn that is in the way',
  })
  turn_id?: string;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'With `session_busy`, if that turn waits for a person: what it asks',
  })
  interrupts?: SessionInterrupt[];
}
