import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { MAX_URL_LENGTH, type WebhookSpecDto } from '../../webhooks/webhook-spec.dto.js';
import type { Schema } from '../openapi/schema.js';

/** The webhook of a message. */
@ApiSchema({ name: 'AgentSessionWebhookSpec', description: 'Where to send the result of a turn' })
export class WebhookSpecSchema implements Schema<WebhookSpecDto> {
  @ApiProperty({
    format: 'uri',
    maxLength: MAX_URL_LENGTH,
    description: 'An http or https URL, which gets a POST when the turn ends',
    example: 'https://example.com/agent-results',
  })
  url!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Sent as `Authorization: Bearer <token>`; never logged or returned',
  })
  token!: string | null;

  @ApiPropertyOptional({ description: 'Whether to send the whole history as well; `false` by default' })
  include_messages!: boolean;

  @ApiPropertyOptional({
    description: 'Whether to send when the turn is interrupted as well; `false` by default',
  })
  include_interrupts!: boolean;
}
