import { randomUUID } from 'node:crypto';

import type { ChatMessage } from './chat-message.js';
import { messageIdOf } from './message-id.js';

/** An assistant's message that a run has streamed. */
export interface StreamedMessage {
  id: string;
  /** Its text, and the ids of its tool calls. */
  text: string;
  calls: string[];
}

/** The messages that a run has streamed, oldest first. */
export interface StreamedMessages {
  assistant: readonly StreamedMessage[];
  tool: readonly { id: string; toolCallId: string }[];
}

/** For a run that has streamed nothing. */
export const NOTHING_STREAMED: StreamedMessages = { assistant: [], tool: [] };

/**
 * The ids of messages to record. From `firstNew` on they are those of the turn: the message that started it, if
 * `isAsked`, and then what the run has streamed. The others have ids of their own.
 */
export function idsOf(
  messages: readonly ChatMessage[],
  { turnId, firstNew, isAsked }: { turnId: string; firstNew: number; isAsked: boolean },
  streamed: StreamedMessages,
): string[] {
  const isOf = (role: string) => (message: ChatMessage, index: number) =>
    index >= firstNew && message.role === role;
  const ids = new Map([
    ...matched(messages.filter(isOf('assistant')), streamed.assistant, isSameMessage),
    ...matched(messages.filter(isOf('tool')), streamed.tool, isSameResult),
  ]);
  return messages.map((message, index) =>
    isAsked && index === firstNew ? messageIdOf(turnId) : (ids.get(message) ?? randomUUID()),
  );
}

/**
 * The streamed messages that were recorded: those that are recognized, and the others in their order, aligned at the
 * end, because what was left out is rarely the response.
 */
function matched<Streamed extends { id: string }>(
  messages: ChatMessage[],
  streamed: readonly Streamed[],
  isSame: (message: ChatMessage, one: Streamed) => boolean,
): Map<ChatMessage, string> {
  const ids = new Map<ChatMessage, string>();
  const left = [...streamed];
  for (const message of messages) {
    const index = left.findIndex((one) => isSame(message, one));
    const [found] = index < 0 ? [] : left.splice(index, 1);
    if (found) ids.set(message, found.id);
  }
  const others = messages.filter((message) => !ids.has(message));
  for (
    let message = others.pop(), one = left.pop();
    message && one;
    message = others.pop(), one = left.pop()
  ) {
    ids.set(message, one.id);
  }
  return ids;
}

function isSameMessage({ content, tool_calls }: ChatMessage, { text, calls }: StreamedMessage): boolean {
  if (calls.length > 0 || tool_calls?.length)
    return tool_calls?.some(({ id }) => calls.includes(id)) ?? false;
  return text !== '' && text === content;
}

function isSameResult({ tool_call_id }: ChatMessage, { toolCallId }: { toolCallId: string }): boolean {
  return tool_call_id === toolCallId;
}
