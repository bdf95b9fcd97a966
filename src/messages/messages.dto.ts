import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsObject, IsOptional, Max, Min } from 'class-validator';

import { Nested } from '../validation/validated.js';
import { IncomingMessageDto } from './chat-message.dto.js';
import { WebhookSpecDto } from './webhook-spec.dto.js';

/** A message for the agent, and where to send the result. */
@ApiSchema({ name: 'MessageRequest' })
export class MessageRequestDto extends IncomingMessageDto {
  @ApiPropertyOptional({
    type: () => WebhookSpecDto,
    nullable: true,
    default: null,
    description: 'Where to send the result of the turn',
  })
  @IsOptional()
  @IsObject()
  @Nested(() => WebhookSpecDto)
  webhook?: WebhookSpecDto | null;
}

/** That a message was accepted. */
@ApiSchema({ name: 'MessageResponse' })
export class MessageResponseDto {
  @ApiProperty({ format: 'uuid', example: '550e8400-e29b-41d4-a716-446655440000' })
  session_id!: string;

  @ApiProperty({ enum: ['running'] })
  status!: 'running';

  @ApiProperty({ format: 'uuid', description: 'The turn that the message has started' })
  turn_id!: string;
}

/** Which part of a history to read. */
export class MessagesQueryDto {
  @IsOptional()
  @Transform(({ value }) => Number(value))
  @IsInt()
  @Min(0)
  @Max(2 ** 31 - 1)
  after?: number;

  @IsOptional()
  @Transform(({ value }) => Number(value))
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}
