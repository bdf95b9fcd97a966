import type { ChatMessage } from './chat-message.js';

/** A deep copy of a message. Strings are shared, so a large image costs nothing. */
export function copyMessage(message: ChatMessage): ChatMessage {
  return copyJson(message) as ChatMessage;
}

function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyJson(item)]));
}
