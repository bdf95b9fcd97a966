import { IsOptional, ValidateIf } from 'class-validator';

import { Passes } from '../validation/check.js';
import type { ChatRole, ToolCall } from './chat-message.js';
import { MESSAGE_FIELD_CHECKS as FIELDS } from './message-check.js';

/** A message from a client; every field has a default. The same checks apply as to an agent's messages. */
export class IncomingMessageDto {
  @IsOptional()
  @Passes(FIELDS.reasoning)
  reasoning?: string | null;

  @IsOptional()
  @Passes(FIELDS.reasoning_details)
  reasoning_details?: Record<string, unknown>[] | null;

  @IsOptional()
  @Passes(FIELDS.tool_calls)
  tool_calls?: ToolCall[] | null;

  @IsOptional()
  @Passes(FIELDS.tool_call_id)
  tool_call_id?: string | null;

  @IsOptional()
  @Passes(FIELDS.name)
  name?: string | null;

  @IsOptional()
  @Passes(FIELDS.base64_image)
  base64_image?: string | null;

  @IsOptional()
  @Passes(FIELDS.user_params)
  user_params?: Record<string, unknown> | null;

  @ValidateIf((_message, role) => role !== undefined)
  @Passes(FIELDS.role)
  role?: ChatRole;

  @IsOptional()
  @Passes(FIELDS.content)
  content?: string | null;
}
