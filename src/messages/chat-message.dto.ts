import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsArray, IsIn, IsObject, IsOptional, IsString } from 'class-validator';

import { Nested } from '../validation/validated.js';
import { CHAT_ROLES, type ChatMessage, type ChatRole, type ToolCall } from './chat-message.js';

@ApiSchema({ name: 'ToolCallFunction' })
export class ToolCallFunctionDto {
  @ApiProperty({ description: 'The tool to call', example: 'get_weather' })
  @IsString()
  name!: string;

  @ApiProperty({ description: 'Its arguments as JSON text', example: '{"city":"Paris"}' })
  @IsString()
  arguments!: string;
}

@ApiSchema({ name: 'ToolCall', description: 'A tool call that an assistant asks for' })
export class ToolCallDto implements ToolCall {
  @ApiProperty({ description: 'What the answering tool message names as `tool_call_id`', example: 'call_1' })
  @IsString()
  id!: string;

  @ApiProperty({ enum: ['function'] })
  @IsIn(['function'])
  type!: 'function';

  @ApiProperty({ type: () => ToolCallFunctionDto })
  @IsObject()
  @Nested(() => ToolCallFunctionDto)
  function!: ToolCallFunctionDto;
}

/** The fields that every message may have, whoever sends it. */
class MessageDetailsDto {
  @ApiPropertyOptional({ type: String, nullable: true, description: "The model's reasoning, as text" })
  @IsOptional()
  @IsString()
  reasoning?: string | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    nullable: true,
    description: "The model's reasoning, as its provider structures it",
  })
  @IsOptional()
  @IsObject({ each: true })
  @IsArray()
  reasoning_details?: Record<string, unknown>[] | null;

  @ApiPropertyOptional({
    type: () => [ToolCallDto],
    nullable: true,
    description: 'Tool calls that an assistant asks for',
  })
  @IsOptional()
  @Nested(() => ToolCallDto)
  @IsObject({ each: true })
  @IsArray()
  tool_calls?: ToolCallDto[] | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The tool call that a tool message answers',
    example: 'call_1',
  })
  @IsOptional()
  @IsString()
  tool_call_id?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'The name of the speaker or the tool' })
  @IsOptional()
  @IsString()
  name?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'An image, base64-encoded' })
  @IsOptional()
  @IsString()
  base64_image?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'Parameters passed through to the agent as they are',
    example: { user: 'ada' },
  })
  @IsOptional()
  @IsObject()
  user_params?: Record<string, unknown> | null;
}

const CONTENT = {
  type: String,
  nullable: true,
  description: 'The text of the message',
  example: 'hello',
} as const;

/** A message of a history. */
@ApiSchema({
  name: 'ChatMessage',
  description:
    'One message of a conversation. In answers, fields that are null are left out, but for `content`.',
})
export class ChatMessageDto extends MessageDetailsDto implements ChatMessage {
  @ApiProperty({ enum: CHAT_ROLES, enumName: 'ChatRole', example: 'assistant' })
  @IsIn(CHAT_ROLES)
  role!: ChatRole;

  @ApiProperty(CONTENT)
  @IsOptional()
  @IsString()
  content!: string | null;
}

/**
 * A message that a client sends, all of whose fields have defaults. Those are said in words, since generators of
 * TypeScript make fields with a `default` required, on the way in, too.
 */
export class IncomingMessageDto extends MessageDetailsDto {
  @ApiPropertyOptional({ enum: CHAT_ROLES, enumName: 'ChatRole', description: '`user` by default' })
  @IsOptional()
  @IsIn(CHAT_ROLES)
  role?: ChatRole;

  @ApiPropertyOptional(CONTENT)
  @IsOptional()
  @IsString()
  content?: string | null;
}
