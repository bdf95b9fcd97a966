import type { RecordedMessage } from '../messages/chat-message.js';
import type { HistoryBatch } from '../messages/history.store.js';
import { derivedId } from '../messages/message-id.js';
import { toIso } from './columns.js';
import { fromMessageRow, type MessageRow } from './message-columns.js';

/** A session's row beside a message of its history, or alone if the batch is empty. */
export type HistoryRow = { history_version: number; message_count: number; last_event_id: number } & (
  ({ position: number } & MessageRow & Partial<MessageIdRow>) | { position: null }
);

/** What identifies a message, if it was asked for. */
interface MessageIdRow {
  /** Null for a message from before messages had ids. */
  message_id: string | null;
  turn_id: string | null;
  recorded_at: number | string;
}

/** Undefined if there is no row, so the session does not exist. */
export function toHistoryBatch(sessionId: string, rows: HistoryRow[]): HistoryBatch | undefined {
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) return undefined;
  const { history_version: version, message_count: total, last_event_id: lastEventId } = first;
  const messages = rows.flatMap((row) => {
    if (row.position === null) return [];
    const { position, message_id, turn_id, recorded_at } = row;
    if (recorded_at === undefined) return [fromMessageRow(row)];
    const recorded: RecordedMessage = {
      ...fromMessageRow(row),
      message_id: message_id ?? derivedId(`${sessionId} ${version} ${position}`),
      turn_id: turn_id ?? null,
      created_at: toIso(recorded_at),
    };
    return [recorded];
  });
  const next = last.position === null ? total : last.position + 1;
  return { messages, version, total, lastEventId, ...(next < total ? { next } : {}) };
}
