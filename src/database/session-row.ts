import type { ChatMessage } from '../messages/chat-message.js';
import {
  type OwnedSession,
  type OwnedSessionSummary,
  type SessionStatus,
  toWireSession,
} from '../sessions/session.js';
import type { RemovedSession, SessionPage } from '../sessions/session.store.js';
import { parseMetadata, toIso } from './columns.js';
import { toInterrupts } from './interrupt-row.js';
import { parseStored } from './stored-json.js';

/** A session's row as both dialects select it. */
export interface SessionRow {
  id: string;
  owner: string | null;
  status: SessionStatus;
  /** JSON text, as is `metadata`. */
  response: string | null;
  error: string | null;
  metadata: string | null;
  last_turn_id: string | null;
  last_event_id: number;
  created_at: number | string;
  updated_at: number | string;
  /** JSON text of the pending questions; null where it is not interrupted. */
  interrupts: string | null;
}

export function toSession(row: SessionRow): OwnedSession {
  return toWireSession({
    id: row.id,
    owner: row.owner ?? undefined,
    status: row.status,
    response: row.response === null ? null : (parseStored(row.response) as ChatMessage),
    error: row.error,
    metadata: parseMetadata(row.metadata),
    interrupts: toInterrupts(row.interrupts),
    turnId: row.last_turn_id,
    createdAt: toIso(row.created_at),
    updatedAt: toIso(row.updated_at),
    lastEventId: row.last_event_id,
  });
}

/** The returned columns of a removed session. */
export interface RemovedSessionRow {
  id: string;
  owner: string | null;
}

export function toRemovedSession({ id, owner }: RemovedSessionRow): RemovedSession {
  return { id, owner: owner ?? undefined };
}

/** A session's row in a list, with what the page as a whole shows. */
export interface SessionSummaryRow extends Omit<
  SessionRow,
  'response' | 'error' | 'interrupts' | 'last_event_id'
> {
  message_count: number;
  /** The instant by which the list is ordered. */
  at: number | string;
  /** From 1 for the first of the page. */
  place: number | string;
  /** How many rows were found, up to one more than the limit. */
  total: number | string;
}

/** The same, or no session, with how far a search by metadata has come. */
export type SearchedRow = (SessionSummaryRow | { id: null }) & {
  /** How many sessions were read. */
  examined: number | string;
  /** The last of them. */
  last_at: number | string | null;
  last_id: string | null;
};

/** A page of a list: fewer than `limit` sessions, although more follow, if their metadata is large. */
export function toSessionPage(rows: SessionSummaryRow[], limit: number): SessionPage {
  const ordered = rows.toSorted((one, other) => Number(one.place) - Number(other.place));
  const shown = ordered.slice(0, limit);
  const sessions = shown.map(toSummary);
  const last = shown.at(-1);
  if (!last || Number(last.total) <= shown.length) return { sessions };
  return { sessions, next: { at: Number(last.at), id: last.id } };
}

/** A page of a search that reads at most `budget` sessions: the next one goes on where it ended. */
export function toSearchedPage(rows: SearchedRow[], limit: number, budget: number): SessionPage {
  const found = rows.filter((row): row is SessionSummaryRow & SearchedRow => row.id !== null);
  const page = toSessionPage(found, limit);
  const [search] = rows;
  if (page.next || !search || Number(search.examined) < budget || search.last_id === null) return page;
  return { ...page, next: { at: Number(search.last_at), id: search.last_id } };
}

function toSummary(row: SessionSummaryRow): OwnedSessionSummary {
  const metadata = parseMetadata(row.metadata);
  return {
    session_id: row.id,
    total_messages: row.message_count,
    status: row.status,
    ...(metadata ? { metadata } : {}),
    turn_id: row.last_turn_id,
    created_at: toIso(row.created_at),
    updated_at: toIso(row.updated_at),
    ...(row.owner === null ? {} : { owner: row.owner }),
  };
}
