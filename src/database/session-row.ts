import type { ChatMessage } from '../messages/chat-message.js';
import { type Session, type SessionStatus, type SessionSummary, toWireSession } from '../sessions/session.js';
import type { HistoryBatch } from '../messages/history.store.js';
import type { RemovedSession, SessionPage } from '../sessions/session.store.js';
import { fromMessageRow, type MessageRow } from './message-columns.js';

/** A session's row as both dialects select it. */
export interface SessionRow {
  id: string;
  status: SessionStatus;
  /** JSON text, as is `metadata`. */
  response: string | null;
  error: string | null;
  metadata: string | null;
}

export function toSession(row: SessionRow): Session {
  return toWireSession({
    ...row,
    response: row.response === null ? null : (JSON.parse(row.response) as ChatMessage),
    metadata: row.metadata === null ? null : (JSON.parse(row.metadata) as Record<string, unknown>),
  });
}

/** A session's row beside a message of its history, or alone if the batch is empty. */
export type HistoryRow = { history_version: number; message_count: number } & (
  ({ position: number } & MessageRow) | { position: null }
);

/** Undefined if there is no row, so the session does not exist. */
export function toHistoryBatch(rows: HistoryRow[]): HistoryBatch | undefined {
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) return undefined;
  const messages = rows.flatMap((row) => (row.position === null ? [] : [fromMessageRow(row)]));
  const next = last.position === null ? first.message_count : last.position + 1;
  return { messages, version: first.history_version, ...(next < first.message_count ? { next } : {}) };
}

/** The returned columns of a removed session. */
export interface RemovedSessionRow {
  id: string;
  owner: string | null;
}

export function toRemovedSession({ id, owner }: RemovedSessionRow): RemovedSession {
  return { id, owner: owner ?? undefined };
}

/** A session's row in a list. */
export interface SessionSummaryRow {
  id: string;
  status: SessionStatus;
  message_count: number;
  created_at: number | string;
}

/** A page of a list from up to `limit` + 1 rows: the additional row shows that there is a next page. */
export function toSessionPage(rows: SessionSummaryRow[], limit: number): SessionPage {
  const shown = rows.slice(0, limit);
  const sessions = shown.map((row): SessionSummary => ({
    session_id: row.id,
    total_messages: row.message_count,
    status: row.status,
  }));
  const last = shown.at(-1);
  if (rows.length <= limit || !last) return { sessions };
  return { sessions, next: { createdAt: Number(last.created_at), id: last.id } };
}
