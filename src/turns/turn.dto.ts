import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';

import { ChatMessageDto } from '../messages/chat-message.dto.js';
import { TURN_STATUSES, type TurnRecord, type TurnStatus } from './turn.js';

/** Tokens that the agent reported. */
@ApiSchema({ name: 'TurnUsage' })
export class TurnUsageDto {
  @ApiProperty({ type: 'integer', example: 42 })
  total_tokens!: number;
}

/** One accepted message and what became of it. */
@ApiSchema({ name: 'Turn' })
export class TurnDto implements TurnRecord {
  @ApiProperty({ format: 'uuid' })
  turn_id!: string;

  @ApiProperty({ type: 'integer', description: "1 for the session's first turn", example: 1 })
  number!: number;

  @ApiProperty({ enum: TURN_STATUSES, enumName: 'TurnStatus', example: 'completed' })
  status!: TurnStatus;

  @ApiProperty({ type: () => ChatMessageDto, description: 'What started the turn' })
  message!: ChatMessageDto;

  @ApiProperty({ type: () => ChatMessageDto, nullable: true })
  response!: ChatMessageDto | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why it ended without a response' })
  error!: string | null;

  @ApiProperty({ type: 'integer', description: 'How many runs it has had', example: 1 })
  attempt!: number;

  @ApiProperty({ type: () => TurnUsageDto, nullable: true })
  usage!: TurnUsageDto | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  started_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  ended_at!: string | null;
}

/** Which turn to cancel. */
@ApiSchema({ name: 'CancelRequest' })
export class CancelRequestDto {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Cancel only if this is the unfinished turn; by default whichever it is',
  })
  @IsOptional()
  @IsString()
  turn_id?: string | null;
}

/** That a turn was cancelled. */
@ApiSchema({ name: 'CancelResponse' })
export class CancelResponseDto {
  @ApiProperty({ format: 'uuid' })
  session_id!: string;

  @ApiProperty({ enum: ['error'] })
  status!: 'error';
}
