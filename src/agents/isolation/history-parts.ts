import type { ChatMessage } from '../../messages/chat-message.js';

/** How large a part may grow before the next begins, in characters of JSON. */
const PART_LENGTH = 1024 * 1024;

/** A history in parts that are sent one by one, so that the event loop is never blocked for long. */
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
