import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';

import { CHAT_ROLES, type ChatMessage, type ChatRole, type ToolCall } from '../../messages/chat-message.js';
import { MAX_LIST_ITEMS } from '../../messages/message-check.js';
import type { IncomingMessageDto } from '../../messages/incoming-message.dto.js';
import type { Schema } from '../openapi/schema.js';

@ApiSchema({ name: 'AgentSessionToolCallFunction' })
export class ToolCallFunctionDto {
  @ApiProperty({ description: 'The tool to call', example: 'get_weather' })
  name!: string;

  @ApiProperty({ description: 'Its arguments as JSON text', example: '{"city":"Paris"}' })
  arguments!: string;
}

@ApiSchema({ name: 'AgentSessionToolCall', description: 'A tool call that an assistant asks for' })
export class ToolCallDto implements ToolCall {
  @ApiProperty({ description: 'What the answering tool message names as `tool_call_id`', example: 'call_1' })
  id!: string;

  @ApiProperty({ enum: ['function'], description: 'In a request it may be left out' })
  type!: 'function';

  @ApiProperty({ type: () => ToolCallFunctionDto })
  function!: ToolCallFunctionDto;
}

/** Optional fields of all messages, of clients and agents. */
class MessageDetailsDto {
  @ApiPropertyOptional({ type: String, nullable: true, description: "The model's reasoning, as text" })
  reasoning!: string | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    maxItems: MAX_LIST_ITEMS,
    nullable: true,
    description: "The model's reasoning, as its provider structures it",
  })
  reasoning_details!: Record<string, unknown>[] | null;

  @ApiPropertyOptional({
    type: () => [ToolCallDto],
    maxItems: MAX_LIST_ITEMS,
    nullable: true,
    description: 'Tool calls that an assistant asks for',
  })
  tool_calls!: ToolCallDto[] | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The tool call that a tool message answers',
    example: 'call_1',
  })
  tool_call_id!: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'The name of the speaker or the tool' })
  name!: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'An image, base64-encoded' })
  base64_image!: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description:
      'Parameters passed through to the agent as they are. Any client can send any values, so they prove no identity.',
    example: { style: 'brief' },
  })
  user_params!: Record<string, unknown> | null;
}

const CONTENT = {
  type: String,
  nullable: true,
  description: 'The text of the message',
  example: 'hello',
} as const;

/** A message of a history. */
@ApiSchema({
  name: 'AgentSessionChatMessage',
  description:
    'One message of a conversation. In answers, fields that are null are left out, but for `content`.',
})
export class ChatMessageDto extends MessageDetailsDto implements ChatMessage {
  @ApiProperty({ enum: CHAT_ROLES, enumName: 'AgentSessionChatRole', example: 'assistant' })
  role!: ChatRole;

  @ApiProperty(CONTENT)
  content!: string | null;
}

/** A message of a history with what identifies it. */
@ApiSchema({
  name: 'AgentSessionRecordedMessage',
  description: 'A message of a history; its ids with `ids=true`',
})
export class RecordedMessageDto extends ChatMessageDto {
  @ApiPropertyOptional({ format: 'uuid', description: "The message's id; with `ids=true`" })
  message_id!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The turn that recorded it, null if it was preloaded; with `ids=true`',
  })
  turn_id!: string | null;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it was recorded; with `ids=true`' })
  created_at!: string;
}

/**
 * A message from a client. The defaults are in the descriptions, because generators of TypeScript make a field with a
 * `default` required, also in requests.
 */
export class IncomingMessageSchema extends MessageDetailsDto implements Schema<IncomingMessageDto> {
  @ApiPropertyOptional({
    enum: CHAT_ROLES,
    enumName: 'AgentSessionChatRole',
    description: '`user` by default; the server may allow clients no other',
  })
  role!: ChatRole;

  @ApiPropertyOptional(CONTENT)
  content!: string | null;
}
