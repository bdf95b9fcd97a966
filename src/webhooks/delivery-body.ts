import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { ChatMessage } from '../messages/chat-message.js';
import { type ClaimedDelivery, type DeliveryStore, SHOWN_HISTORY_BYTES } from './delivery.store.js';

/** Maximum size of a payload with messages. */
export const MAX_PAYLOAD_BYTES = SHOWN_HISTORY_BYTES;

/** Maximum number of bytes by which a message is smaller in the payload than in the size of its history. */
const OVERHEAD_DIFFERENCE_BYTES = 4;

/** Approximate amount of history that is serialized before the event loop runs other work. */
const WRITTEN_AT_ONCE_BYTES = 512 * 1024;

/** The source of a delivery's messages. */
export type ShownHistory = Pick<DeliveryStore, 'history' | 'keptHistory'>;

/**
 * The payload of a delivery, as parts of JSON text. The history is read in batches; it is omitted if the payload
 * would exceed {@link MAX_PAYLOAD_BYTES} or the history no longer exists.
 */
export async function deliveryBody(claimed: ClaimedDelivery, store: ShownHistory): Promise<Buffer[]> {
  const { status, response, error, interrupts, traceMetrics, history } = claimed.content;
  const head =
    `{"session_id":${JSON.stringify(claimed.sessionId)},"status":${JSON.stringify(status)},` +
    `"response":${response ?? 'null'},"error":${JSON.stringify(error)},` +
    (interrupts ? `"interrupts":${JSON.stringify(interrupts)},` : '') +
    '"messages":';
  const tail = `,"trace_metrics":${JSON.stringify(traceMetrics)}}`;
  const before = Buffer.from(head);
  if (!history) return [before, Buffer.from(`null${tail}`)];
  const after = Buffer.from(tail);
  const room = MAX_PAYLOAD_BYTES - before.length - after.length;
  const fits = history.bytes - OVERHEAD_DIFFERENCE_BYTES * history.count <= room;
  const messages = fits ? await messagesJson(claimed, store, room) : undefined;
  return messages
    ? [before, ...messages, after]
    : [before, Buffer.from(`null,"messages_omitted":true${tail}`)];
}

/** Undefined if the messages need more than `room` bytes or no longer exist. */
async function messagesJson(
  claimed: ClaimedDelivery,
  store: ShownHistory,
  room: number,
): Promise<Buffer[] | undefined> {
  const list = new JsonList(room);
  for (let after: number | undefined = 0; after !== undefined;) {
    const piece = await store.history(claimed, after);
    if (!piece) return keptJson(claimed, store, room);
    if (!(await list.add(piece.messages))) return undefined;
    after = piece.next;
  }
  return list.end();
}

/** The same for the copy that was made before the session lost that history. */
async function keptJson(
  claimed: ClaimedDelivery,
  store: ShownHistory,
  room: number,
): Promise<Buffer[] | undefined> {
  const kept = await store.keptHistory(claimed);
  const list = new JsonList(room);
  return kept && (await list.add(kept)) ? list.end() : undefined;
}

/** A JSON array of limited size. */
class JsonList {
  private readonly parts: Buffer[] = [];
  private unwritten = '[';
  private isEmpty = true;
  private bytes = 0;

  constructor(private readonly room: number) {}

  /** False if the messages do not fit. */
  async add(messages: ChatMessage[]): Promise<boolean> {
    for (const message of messages) {
      this.unwritten += (this.isEmpty ? '' : ',') + JSON.stringify(message);
      this.isEmpty = false;
      if (this.unwritten.length < WRITTEN_AT_ONCE_BYTES) continue;
      if (!this.write()) return false;
      await nextTurnOfLoop();
    }
    return true;
  }

  end(): Buffer[] | undefined {
    this.unwritten += ']';
    return this.write() ? this.parts : undefined;
  }

  private write(): boolean {
    const part = Buffer.from(this.unwritten);
    this.unwritten = '';
    this.parts.push(part);
    this.bytes += part.length;
    return this.bytes <= this.room;
  }
}
