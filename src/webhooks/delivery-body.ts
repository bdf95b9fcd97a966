import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { ChatMessage } from '../messages/chat-message.js';
import { type ClaimedDelivery, type DeliveryStore, SHOWN_HISTORY_BYTES } from './delivery.store.js';

/** The largest payload that holds messages, in bytes. */
export const MAX_PAYLOAD_BYTES = SHOWN_HISTORY_BYTES;

/** By how much less a message may take in the payload than in the size of its history, in bytes. */
const OVERHEAD_DIFFERENCE_BYTES = 4;

/** About how much of a history becomes JSON before others get the event loop, in bytes. */
const WRITTEN_AT_ONCE_BYTES = 512 * 1024;

/** Where the messages of a delivery come from. */
export type ShownHistory = Pick<DeliveryStore, 'history' | 'keptHistory'>;

/**
 * The payload of a delivery, as the parts of its JSON. The history is read in pieces; it is left out where the
 * payload would be larger than {@link MAX_PAYLOAD_BYTES} or where the history is gone.
 */
export async function deliveryBody(claimed: ClaimedDelivery, store: ShownHistory): Promise<Buffer[]> {
  const { status, response, error, traceMetrics, history } = claimed.content;
  const head =
    `{"session_id":${JSON.stringify(claimed.sessionId)},"status":${JSON.stringify(status)},` +
    `"response":${response ?? 'null'},"error":${JSON.stringify(error)},"messages":`;
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

/** Undefined where they take more than `room` bytes or are gone. */
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

/** The same of the copy that was made before the session lost that history. */
async function keptJson(
  claimed: ClaimedDelivery,
  store: ShownHistory,
  room: number,
): Promise<Buffer[] | undefined> {
  const kept = await store.keptHistory(claimed);
  const list = new JsonList(room);
  return kept && (await list.add(kept)) ? list.end() : undefined;
}

/** A JSON array that may have so many bytes. */
class JsonList {
  private readonly parts: Buffer[] = [];
  private unwritten = '[';
  private isEmpty = true;
  private bytes = 0;

  constructor(private readonly room: number) {}

  /** False where that is more than there is room for. */
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
