import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { orNull } from '../openapi/api-docs.js';
import { CREATED, SESSION_ID, TURN_ID, UPDATED } from '../openapi/example-values.js';
import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import { ChatMessageDto } from '../messages/chat-message.dto.js';
import {
  type Session,
  SESSION_STATUSES,
  type SessionStatus,
  type SessionSummary,
} from '../../sessions/session.js';

/** A pending question. */
@ApiSchema({ name: 'AgentSessionInterrupt' })
export class SessionInterruptDto implements SessionInterrupt {
  @ApiProperty({ description: 'What an answer must name' })
  interrupt_id!: string;

  @ApiProperty({ description: 'What kind of answer is wanted', example: 'tool_approval' })
  type!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'What is asked; it repeats the `type`',
    example: { type: 'tool_approval', tool_name: 'refund', tool_args: { order: 17 } },
  })
  payload!: Record<string, unknown>;

  @ApiPropertyOptional({ format: 'date-time', description: 'Until when it can be answered, if not for ever' })
  expires_at?: string;
}

const METADATA = {
  type: 'object',
  additionalProperties: true,
  description: 'The metadata of the session; absent if there is none',
  example: { customer: 'c-17' },
} as const;

const TURN = {
  type: String,
  format: 'uuid',
  nullable: true,
  description: 'The unfinished turn, else the last one; null before the first',
  example: TURN_ID,
} as const;

const CREATED_AT = { format: 'date-time', description: 'When it was created', example: CREATED } as const;

const UPDATED_AT = {
  format: 'date-time',
  description: 'When it was created, its last turn was accepted or ended, or its metadata was changed last',
  example: UPDATED,
} as const;

/** A session. */
@ApiSchema({ name: 'AgentSession', description: 'A conversation and its state' })
@ApiExtraModels(ChatMessageDto)
export class SessionDto implements Session {
  @ApiProperty({ format: 'uuid', example: SESSION_ID })
  session_id!: string;

  @ApiProperty({ enum: SESSION_STATUSES, enumName: 'AgentSessionStatus', example: 'idle' })
  status!: SessionStatus;

  @ApiProperty(orNull(ChatMessageDto, "The last turn's answer; null while running and after an error"))
  response!: ChatMessageDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the last turn ended in `error`, in one line; else null',
    example: null,
  })
  error!: string | null;

  @ApiProperty({
    type: () => [SessionInterruptDto],
    nullable: true,
    description: 'What the session waits for while `interrupted`; else null',
    example: null,
  })
  interrupts!: SessionInterruptDto[] | null;

  @ApiPropertyOptional(METADATA)
  metadata?: Record<string, unknown>;

  @ApiProperty(TURN)
  turn_id!: string | null;

  @ApiProperty(CREATED_AT)
  created_at!: string;

  @ApiProperty(UPDATED_AT)
  updated_at!: string;

  @ApiProperty({
    type: 'integer',
    description: 'The position in the log that this shows: `GET …/events?after=` goes on from here',
    example: 3,
  })
  last_event_id!: number;
}

/** A session in a list. */
@ApiSchema({ name: 'AgentSessionSummary', description: 'A session in a list' })
export class SessionSummaryDto implements SessionSummary {
  @ApiProperty({ format: 'uuid', example: SESSION_ID })
  session_id!: string;

  @ApiProperty({ type: 'integer', description: 'The length of the recorded history', example: 2 })
  total_messages!: number;

  @ApiProperty({ enum: SESSION_STATUSES, enumName: 'AgentSessionStatus', example: 'idle' })
  status!: SessionStatus;

  @ApiPropertyOptional(METADATA)
  metadata?: Record<string, unknown>;

  @ApiProperty(TURN)
  turn_id!: string | null;

  @ApiProperty(CREATED_AT)
  created_at!: string;

  @ApiProperty(UPDATED_AT)
  updated_at!: string;
}
