import type { RecordedMessage, IdentifiedMessage } from '../../messages/chat-message.js';
import { mediaTypeOf } from '../image.js';
import { piecesOf } from '../shown/compare-with-record.js';
import type { ShownAction } from '../shown/shown-action.js';
import { messageOfChunks, type UiMessage, type UiPart } from './ui-message.js';
import { UiStream } from './ui-stream.js';

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

/**
 * Converts a recorded history, given in batches, to one message of the user and one of the assistant per turn.
 * Preloaded messages, which have no turn, become an assistant's message wherever some of them stand together.
 */
export class UiHistory {
  private group: { turnId: string | null; id: string; messages: RecordedMessage[] } | undefined;

  constructor(private readonly sessionId: string) {}

  add(message: RecordedMessage): UiMessage[] {
    const { role, turn_id: turnId } = message;
    if (role === 'user' || role === 'system') {
      return [...this.end(), inputMessage(this.sessionId, turnId, message)];
    }
    const ended = this.group?.turnId === turnId ? [] : this.end();
    this.group ??= { turnId, id: turnId ?? message.message_id, messages: [] };
    this.group.messages.push(message);
    return ended;
  }

  end(): UiMessage[] {
    const { group } = this;
    this.group = undefined;
    if (!group) return [];
    const actions: ShownAction[] = group.messages.flatMap(piecesOf);
    actions.push({ kind: 'completed', usage: null, unsent: [], rewritten: [], differs: false });
    const message = assistantMessage(this.sessionId, group.id, actions);
    if (group.turnId === null) message.metadata = { session_id: this.sessionId };
    return [message];
  }
}
