import type { ChatMessage } from '../../messages/chat-message.js';

/** Maximum size of a part before the next one begins, in characters of JSON. */
const PART_LENGTH = 1024 * 1024;

/** A history in parts that are sent one by one, so that none blocks the event loop for long. */
export function* historyParts(history: readonly ChatMessage[]): Generator<ChatMessage[]> {
  let part: ChatMessage[] = [];
  let length = 0;
  for (const message of history) {
    part.push(message);
    length += JSON.stringify(message).length;
    if (length < PART_LENGTH) continue;
    yield part;
    part = [];
    length = 0;
  }
  if (part.length > 0) yield part;
}
