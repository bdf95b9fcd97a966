import { randomUUID } from 'node:crypto';

import type { ChatMessage } from './chat-message.js';
import { messageIdOf } from './message-id.js';

/** The ids under which a run has streamed messages, oldest first. */
export interface StreamedIds {
  assistant: readonly string[];
  tool: readonly { id: string; toolCallId: string }[];
}

/** For a run that has streamed nothing. */
export const NOTHING_STREAMED: StreamedIds = { assistant: [], tool: [] };

/**
 * The ids of messages to record. From `firstNew` on they are those of the turn: the message that started it, if
 * `isAsked`, and then what the run has streamed, in its order; a tool's message is found by its call. The others have
 * ids of their own.
 */
export function idsOf(
  messages: readonly ChatMessage[],
  { turnId, firstNew, isAsked }: { turnId: string; firstNew: number; isAsked: boolean },
  streamed: StreamedIds,
): string[] {
  const assistant = [...streamed.assistant];
  const tool = [...streamed.tool];
  return messages.map(({ role, tool_call_id }, index) => {
    if (index < firstNew) return randomUUID();
    if (index === firstNew && isAsked) return messageIdOf(turnId);
    if (role === 'assistant') return assistant.shift() ?? randomUUID();
    if (role !== 'tool') return randomUUID();
    const found = tool.findIndex(({ toolCallId }) => toolCallId === tool_call_id);
    return tool.splice(Math.max(found, 0), 1)[0]?.id ?? randomUUID();
  });
}
