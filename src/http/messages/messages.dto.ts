import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { orNull } from '../openapi/api-docs.js';
import { SESSION_ID, TURN_ID } from '../openapi/example-values.js';
import { IncomingMessageSchema } from './chat-message.dto.js';
import type { MessageRequestDto } from '../../sessions/message-request.dto.js';
import type { Schema } from '../openapi/schema.js';
import { WebhookSpecSchema } from './webhook-spec.schema.js';

/** A message for the agent, with its webhook. */
@ApiSchema({
  name: 'AgentSessionMessageRequest',
  description: 'A message for the agent. Every field has a default; fields that are not known are dropped.',
})
@ApiExtraModels(WebhookSpecSchema)
export class MessageRequestSchema extends IncomingMessageSchema implements Schema<MessageRequestDto> {
  @ApiPropertyOptional(
    orNull(WebhookSpecSchema, 'Where to send the result of the turn, instead of waiting for it'),
  )
  webhook!: WebhookSpecSchema | null;
}

/** The answer to an accepted message. */
@ApiSchema({ name: 'AgentSessionMessageResponse', description: 'That a message was accepted' })
export class MessageResponseDto {
  @ApiProperty({ format: 'uuid', example: SESSION_ID })
  session_id!: string;

  @ApiProperty({ enum: ['running'], description: 'Always `running` when a message has been accepted' })
  status!: 'running';

  @ApiProperty({ format: 'uuid', description: 'The turn that the message has started', example: TURN_ID })
  turn_id!: string;
}
