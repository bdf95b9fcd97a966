import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { orNull } from '../openapi/api-docs.js';
import type { Schema } from '../openapi/schema.js';
import { SESSION_ID, TURN_ID } from '../openapi/example-values.js';
import { ChatMessageDto } from '../messages/chat-message.dto.js';
import { TURN_CODES, type TurnCode } from '../../facts/turn-end.js';
import type { CancelRequestDto } from '../../sessions/cancel-request.dto.js';
import { TURN_STATUSES, type TurnRecord, type TurnStatus } from '../../turns/turn.js';

/** Tokens that the agent reported. */
@ApiSchema({ name: 'AgentSessionTurnUsage', description: 'Tokens that the agent reported' })
export class TurnUsageDto {
  @ApiProperty({ type: 'integer', example: 42 })
  total_tokens!: number;
}

/** One accepted message and its outcome. */
@ApiSchema({ name: 'AgentSessionTurn', description: 'One accepted message and its outcome' })
@ApiExtraModels(ChatMessageDto, TurnUsageDto)
export class TurnDto implements TurnRecord {
  @ApiProperty({ format: 'uuid', example: TURN_ID })
  turn_id!: string;

  @ApiProperty({ type: 'integer', description: "1 for the session's first turn", example: 1 })
  number!: number;

  @ApiProperty({ enum: TURN_STATUSES, enumName: 'AgentSessionTurnStatus', example: 'completed' })
  status!: TurnStatus;

  @ApiProperty({ type: () => ChatMessageDto, description: 'What started the turn' })
  message!: ChatMessageDto;

  @ApiProperty(orNull(ChatMessageDto, 'What the agent answered; null while it has not'))
  response!: ChatMessageDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it ended without a response',
    example: null,
  })
  error!: string | null;

  @ApiProperty({
    type: String,
    enum: TURN_CODES,
    enumName: 'AgentTurnCode',
    nullable: true,
    description: 'Why it ended without success; null otherwise',
    example: null,
  })
  code!: TurnCode | null;

  @ApiProperty({
    type: 'integer',
    description: 'How many runs it has had; 0 while it waits for its first',
    example: 1,
  })
  attempt!: number;

  @ApiProperty(orNull(TurnUsageDto, 'Tokens that the agent reported; null where it reported none'))
  usage!: TurnUsageDto | null;

  @ApiProperty({ format: 'date-time', description: 'When its message was accepted' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When its first run began' })
  started_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When it came to its end' })
  ended_at!: string | null;
}

/** The turn to cancel. */
@ApiSchema({ name: 'AgentSessionCancelRequest' })
export class CancelRequestSchema implements Schema<CancelRequestDto> {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Cancel only if this is the unfinished turn; by default whichever it is',
    example: TURN_ID,
  })
  turn_id!: string | null;
}

/** The answer to a cancel. */
@ApiSchema({ name: 'AgentSessionCancelResponse' })
export class CancelResponseDto {
  @ApiProperty({ format: 'uuid', example: SESSION_ID })
  session_id!: string;

  @ApiProperty({ enum: ['error'], description: 'Where the session stands now' })
  status!: 'error';
}
