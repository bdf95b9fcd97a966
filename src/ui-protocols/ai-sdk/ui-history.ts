import type { IdentifiedMessage } from '../../messages/chat-message.js';
import { mediaTypeOf } from '../image.js';
import { recordedActions, type RecordedTurn } from '../shown/recorded-turn.js';
import type { ShownAction } from '../shown/shown-action.js';
import { messageOfChunks, type UiMessage, type UiPart } from './ui-message.js';
import { UiStream } from './ui-stream.js';

/** The end of a turn of which nothing is missing. */
const DONE: ShownAction = { kind: 'completed', usage: null, unsent: [], rewritten: [], differs: false };

/** The assistant's message of a turn, from what is shown of it. */
export function assistantMessage(
  sessionId: string,
  turnId: string,
  actions: readonly ShownAction[],
): UiMessage {
  const stream = new UiStream(sessionId, turnId);
  return messageOfChunks([...stream.start(), ...actions.flatMap((action) => stream.write(action))]);
}

/** A user's or system's message. */
export function inputMessage(
  sessionId: string,
  turnId: string | null,
  message: IdentifiedMessage,
): UiMessage {
  const { message_id: id, role, content, base64_image: image } = message;
  const parts: UiPart[] = [];
  if (content) parts.push({ type: 'text', text: content });
  if (image) {
    const mediaType = mediaTypeOf(image);
    parts.push({ type: 'file', mediaType, url: `data:${mediaType};base64,${image}` });
  }
  // Clients refuse a message without parts.
  if (parts.length === 0) parts.push({ type: 'text', text: '' });
  const metadata = { session_id: sessionId, ...(turnId === null ? {} : { turn_id: turnId }) };
  return { id, role: role === 'system' ? 'system' : 'user', metadata, parts };
}

/** The messages of a recorded turn: those of the user, and one of the assistant wherever others stand between. */
export function recordedUiMessages(sessionId: string, turn: RecordedTurn): UiMessage[] {
  const { turnId, messages, answered } = turn;
  const shown: UiMessage[] = [];
  let others: IdentifiedMessage[] = [];
  const end = () => {
    const [first] = others;
    if (!first) return;
    const actions = [...recordedActions(others, answered), DONE];
    const message = assistantMessage(sessionId, turnId ?? first.message_id, actions);
    if (turnId === null) message.metadata = { session_id: sessionId };
    shown.push(message);
    others = [];
  };
  for (const message of messages) {
    if (message.role !== 'user' && message.role !== 'system') {
      others.push(message);
      continue;
    }
    end();
    shown.push(inputMessage(sessionId, turnId, message));
  }
  end();
  return shown;
}
