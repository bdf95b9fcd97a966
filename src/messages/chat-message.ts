/** Who speaks in a message. */
export type ChatRole = 'system' | 'user' | 'assistant' | 'tool';

/** The roles a message may have, in the order of the wire's documentation. */
export const CHAT_ROLES: readonly ChatRole[] = ['system', 'user', 'assistant', 'tool'];

/** A tool call that an assistant's message asks for; `arguments` is JSON text, as in the `openai` package. */
export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/**
 * One message of a conversation, with the wire's field names (as in the `openai` package). Fields that are
 * null are left out of responses, except `content`.
 */
export interface ChatMessage {
  role: ChatRole;
  content: string | null;
  reasoning?: string | null | undefined;
  reasoning_details?: Record<string, unknown>[] | null | undefined;
  tool_calls?: ToolCall[] | null | undefined;
  tool_call_id?: string | null | undefined;
  name?: string | null | undefined;
  base64_image?: string | null | undefined;
  user_params?: Record<string, unknown> | null | undefined;
}

type Details = Omit<ChatMessage, 'role' | 'content'>;

/** The fields of a ChatMessage beside role and content. */
const DETAIL_FIELDS: readonly (keyof Details)[] = [
  'reasoning',
  'reasoning_details',
  'tool_calls',
  'tool_call_id',
  'name',
  'base64_image',
  'user_params',
];

/** The message with the known fields only, nulls left out except `content`: what is stored and answered. */
export function compactMessage(message: ChatMessage): ChatMessage {
  const details = messageDetails(message);
  if (details?.tool_calls) details.tool_calls = details.tool_calls.map(compactToolCall);
  return { role: message.role, content: message.content ?? null, ...details };
}

/** What a message says beside its role and content; undefined where that is nothing. */
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
