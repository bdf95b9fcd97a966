import { IsObject, IsOptional } from 'class-validator';

import type { ChatMessage } from '../messages/chat-message.js';
import { checkMessages } from '../messages/message-check.js';
import { Passes } from '../validation/check.js';

/** The content of a new session. */
export class CreateSessionDto {
  @IsOptional()
  @Passes(checkMessages)
  state?: ChatMessage[] | null;

  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown> | null;
}
