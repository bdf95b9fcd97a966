import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { MAX_LIST_ITEMS } from '../../messages/message-check.js';
import type { CreateSessionDto } from '../../sessions/create-session.dto.js';
import { ChatMessageDto } from '../messages/chat-message.dto.js';
import type { Schema } from '../openapi/schema.js';

/** The content of a new session. */
@ApiSchema({ name: 'AgentSessionCreateRequest' })
export class CreateSessionSchema implements Schema<CreateSessionDto> {
  @ApiPropertyOptional({
    type: () => [ChatMessageDto],
    nullable: true,
    maxItems: MAX_LIST_ITEMS,
    description: 'A history to start with, oldest message first, of the roles that the server allows clients',
  })
  state!: ChatMessageDto[] | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: "The client's own notes; returned as they are",
    example: { customer: 'c-17' },
  })
  metadata!: Record<string, unknown> | null;
}
