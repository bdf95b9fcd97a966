import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { ChatMessageDto } from '../messages/chat-message.dto.js';
import {
  type Session,
  SESSION_STATUSES,
  type SessionInterrupt,
  type SessionStatus,
  type SessionSummary,
} from './session.js';

/** A question to a person. */
@ApiSchema({ name: 'Interrupt' })
export class SessionInterruptDto implements SessionInterrupt {
  @ApiProperty()
  interrupt_id!: string;

  @ApiProperty({ example: 'tool_approval' })
  type!: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  payload!: Record<string, unknown>;

  @ApiPropertyOptional({ format: 'date-time' })
  expires_at?: string;
}

/** A session. */
@ApiSchema({ name: 'Session' })
export class SessionDto implements Session {
  @ApiProperty({ format: 'uuid', example: '550e8400-e29b-41d4-a716-446655440000' })
  session_id!: string;

  @ApiProperty({ enum: SESSION_STATUSES, enumName: 'SessionStatus', example: 'idle' })
  status!: SessionStatus;

  @ApiProperty({
    type: () => ChatMessageDto,
    nullable: true,
    description: "The last turn's answer; null while running and after an error",
  })
  response!: ChatMessageDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the last turn ended in `error`, in one line',
  })
  error!: string | null;

  @ApiProperty({
    type: () => [SessionInterruptDto],
    nullable: true,
    description: 'What the session waits for while `interrupted`',
  })
  interrupts!: SessionInterruptDto[] | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'What was given at creation; absent where nothing was',
  })
  metadata?: Record<string, unknown>;
}

/** A session in a list. */
@ApiSchema({ name: 'SessionSummary' })
export class SessionSummaryDto implements SessionSummary {
  @ApiProperty({ format: 'uuid' })
  session_id!: string;

  @ApiProperty({ type: 'integer', description: 'The length of the recorded history', example: 2 })
  total_messages!: number;

  @ApiProperty({ enum: SESSION_STATUSES, enumName: 'SessionStatus', example: 'idle' })
  status!: SessionStatus;
}
