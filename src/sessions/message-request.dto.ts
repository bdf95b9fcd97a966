import { IsObject, IsOptional } from 'class-validator';

import { IncomingMessageDto } from '../messages/incoming-message.dto.js';
import { Nested } from '../validation/validated.js';
import { WebhookSpecDto } from '../webhooks/webhook-spec.dto.js';

/** A message for the agent, with its webhook. */
export class MessageRequestDto extends IncomingMessageDto {
  @IsOptional()
  @IsObject()
  @Nested(() => WebhookSpecDto)
  webhook?: WebhookSpecDto | null;
}
