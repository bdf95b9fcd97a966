/** The author of a message. */
export type ChatRole = 'system' | 'user' | 'assistant' | 'tool';

/** All roles, in the order of the API documentation. */
export const CHAT_ROLES: readonly ChatRole[] = ['system', 'user', 'assistant', 'tool'];

/** A tool call in an assistant's message; `arguments` is JSON text, as in the `openai` package. */
export interface ToolCall {
  /** What the answering tool message names as `tool_call_id`. */
  id: string;
  /** The only kind there is. */
  type: 'function';
  /** The tool, and its arguments as JSON text. */
  function: { name: string; arguments: string };
}

/**
 * One message of a conversation, with the field names of the API (as in the `openai` package). Null fields are
 * omitted from responses, except `content`.
 */
export interface ChatMessage {
  /** The author. */
  role: ChatRole;
  /** The text. */
  content: string | null;
  /** The model's reasoning, as text. */
  reasoning?: string | null | undefined;
  /** The model's reasoning, as its provider structures it. */
  reasoning_details?: Record<string, unknown>[] | null | undefined;
  /** The tool calls that an assistant requests. */
  tool_calls?: ToolCall[] | null | undefined;
  /** The tool call that a tool message answers. */
  tool_call_id?: string | null | undefined;
  /** The name of the speaker or the tool. */
  name?: string | null | undefined;
  /** An image, base64-encoded. */
  base64_image?: string | null | undefined;
  /** Parameters of the client for the agent, passed through unchanged. */
  user_params?: Record<string, unknown> | null | undefined;
}

/** A message of a recorded history with its id. */
export interface IdentifiedMessage extends ChatMessage {
  /** The message's id, a UUID. */
  message_id: string;
}

/** A message of a recorded history with what identifies it. */
export interface RecordedMessage extends IdentifiedMessage {
  /** The turn that recorded it; null if it was preloaded. */
  turn_id: string | null;
  /** When it was recorded, ISO 8601. */
  created_at: string;
}

type Details = Omit<ChatMessage, 'role' | 'content'>;

/** The fields of a ChatMessage other than role and content. */
const DETAIL_FIELDS: readonly (keyof Details)[] = [
  'reasoning',
  'reasoning_details',
  'tool_calls',
  'tool_call_id',
  'name',
  'base64_image',
  'user_params',
];

/** The message with known fields only, without nulls except `content`, as it is stored and returned. */
export function compactMessage(message: ChatMessage): ChatMessage {
  const details = messageDetails(message);
  if (details?.tool_calls) details.tool_calls = details.tool_calls.map(compactToolCall);
  return { role: message.role, content: message.content ?? null, ...details };
}

/** The fields of a message other than role and content; undefined if there are none. */
export function messageDetails(message: ChatMessage): Details | undefined {
  let details: Record<string, unknown> | undefined;
  for (const field of DETAIL_FIELDS) {
    const value = message[field] ?? undefined;
    if (value !== undefined) (details ??= {})[field] = value;
  }
  return details;
}

function compactToolCall({ id, function: { name, arguments: args } }: ToolCall): ToolCall {
  return { id, type: 'function', function: { name, arguments: args } };
}
