import { ApiProperty, ApiSchema } from '@nestjs/swagger';

import type { ResumeRequest, TurnResumed } from '../../sessions/session-calls.js';
import { INTERRUPT_ID, SESSION_ID } from '../openapi/example-values.js';
import type { Schema } from '../openapi/schema.js';

/** An answer to a question of the agent. */
@ApiSchema({ name: 'AgentSessionResumeRequest', description: 'An answer to a question of the agent' })
export class ResumeRequestSchema implements Schema<ResumeRequest> {
  @ApiProperty({
    description: "The question: an `interrupt_id` of the session's `interrupts`",
    example: INTERRUPT_ID,
  })
  interrupt_id!: string;

  @ApiProperty({
    description: "The answer: any JSON value, null included, that fits the question's schema if it has one",
    oneOf: [
      { type: 'object', additionalProperties: true, nullable: true },
      { type: 'array', items: {} },
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
    ],
    example: { approved: true },
  })
  value!: unknown;
}

/** The answer to an accepted answer. */
@ApiSchema({ name: 'AgentSessionResumeResponse', description: 'That an answer was accepted' })
export class ResumeResponseDto implements TurnResumed {
  @ApiProperty({ format: 'uuid', example: SESSION_ID })
  session_id!: string;

  @ApiProperty({
    enum: ['running', 'interrupted'],
    description: '`running` after the last answer; `interrupted` while further questions are pending',
    example: 'running',
  })
  status!: TurnResumed['status'];
}
