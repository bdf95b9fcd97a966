import type { ChatMessage } from '../messages/chat-message.js';
import type { HistoryName } from '../messages/recent-histories.js';
import type { TurnCode } from '../facts/turn-end.js';
import type { TurnRecord, TurnStatus } from '../turns/turn.js';
import type { Holding, LostRun } from '../turns/turn-run.js';
import type { ClaimedTurn, NewTurn } from '../turns/turn.store.js';
import type { ClientTurn } from '../turns/turn-read.store.js';
import type { TurnPage } from '../turns/turn.js';
import { parseMetadata, toIso } from './columns.js';
import { parseStored } from './stored-json.js';

/** A turn's row as both dialects select it: JSON as text, 64-bit integers as text or number. */
export interface TurnRow {
  id: string;
  number: number;
  status: TurnStatus;
  input: string;
  response: string | null;
  error: string | null;
  code: TurnCode | null;
  attempt: number;
  total_tokens: number | string | null;
  created_at: number | string;
  started_at: number | string | null;
  ended_at: number | string | null;
}

export function toTurnRecord(row: TurnRow): TurnRecord {
  return {
    turn_id: row.id,
    number: row.number,
    status: row.status,
    message: parseStored(row.input) as ChatMessage,
    response: row.response === null ? null : (parseStored(row.response) as ChatMessage),
    error: row.error,
    code: row.code,
    attempt: row.attempt,
    usage: row.total_tokens === null ? null : { total_tokens: Number(row.total_tokens) },
    created_at: toIso(row.created_at),
    started_at: row.started_at === null ? null : toIso(row.started_at),
    ended_at: row.ended_at === null ? null : toIso(row.ended_at),
  };
}

/** A session's row beside one of its turns, or alone if it has no such turn. */
export type FoundTurnRow = TurnRow | { id: null };

/** Undefined if there is no row, so the session does not exist. */
export function toFoundTurn(row: FoundTurnRow | undefined): { turn?: TurnRecord } | undefined {
  return row && (row.id === null ? {} : { turn: toTurnRecord(row) });
}

/** A session's row beside a turn of a page, or alone if the page is empty. */
export type TurnPageRow = { turn_count: number } & (TurnRow | { id: null });

/** Undefined if there is no row, so the session does not exist. */
export function toTurnPage(rows: TurnPageRow[]): TurnPage | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const turns = rows.flatMap((row) => (row.id === null ? [] : [toTurnRecord(row)]));
  const last = turns.at(-1)?.number ?? first.turn_count;
  return { turns, ...(last < first.turn_count ? { next: last } : {}) };
}

/** A session's columns that its run needs. */
export interface AcceptedSessionRow {
  owner: string | null;
  /** JSON text. */
  metadata: string | null;
  message_count: number;
  /** The session's times. */
  created_at: number | string;
  updated_at: number | string;
  history_version: number;
  /** The last event before the turn was accepted. */
  last_event_id: number;
}

/** A turn's row as a claim returns it. */
export interface ClaimedTurnRow extends AcceptedSessionRow {
  session_id: string;
  attempt: number;
  /** That of the run's start. */
  last_event_id: number;
  event_bytes: number;
  input: string;
  has_webhook: boolean | number;
  last_run: boolean | number;
  traceparent: string | null;
  /** Microseconds. */
  waited: number | string;
}

export function toClaimedTurn(turnId: string, row: ClaimedTurnRow, history?: ChatMessage[]): ClaimedTurn {
  return {
    turnId,
    sessionId: row.session_id,
    owner: row.owner ?? undefined,
    metadata: parseMetadata(row.metadata),
    sessionCreatedAt: toIso(row.created_at),
    sessionUpdatedAt: toIso(row.updated_at),
    attempt: row.attempt,
    message: parseStored(row.input) as ChatMessage,
    history,
    historyLength: row.message_count,
    historyName: historyName(row),
    isLastRun: Boolean(row.last_run),
    hasWebhook: Boolean(row.has_webhook),
    lastEventId: row.last_event_id,
    eventBytes: row.event_bytes,
    // The database's clock may have been set back.
    waited: Math.max(0, Number(row.waited) / 1000),
    traceparent: row.traceparent ?? undefined,
  };
}

/** The first run of a turn that was accepted as running. */
export function toAcceptedRun(
  sessionId: string,
  { id, message, webhook, traceparent }: NewTurn,
  session: AcceptedSessionRow,
): ClaimedTurn {
  return {
    turnId: id,
    sessionId,
    owner: session.owner ?? undefined,
    metadata: parseMetadata(session.metadata),
    sessionCreatedAt: toIso(session.created_at),
    sessionUpdatedAt: toIso(session.updated_at),
    attempt: 1,
    message,
    history: session.message_count === 0 ? [] : undefined,
    historyLength: session.message_count,
    historyName: historyName(session),
    isLastRun: false,
    hasWebhook: webhook !== undefined,
    // The turn is queued and has started.
    lastEventId: session.last_event_id + 2,
    eventBytes: 0,
    waited: 0,
    traceparent,
  };
}

/** The creation tells apart sessions that have had the same id. */
function historyName({ created_at, history_version }: AcceptedSessionRow): HistoryName {
  return `${created_at}.${history_version}`;
}

/** Whether a run holds its turn, as the statements that renew or begin runs return it. */
export interface HeldRow {
  id: string;
  held: boolean;
  lost: boolean;
}

export function toHolding(rows: HeldRow[]): Holding {
  return {
    held: rows.filter(({ held }) => held).map(({ id }) => id),
    lost: rows.filter(({ lost }) => lost).map(({ id }) => id),
  };
}

/** A turn's row with an expired lease. */
export interface LostRunRow {
  id: string;
  session_id: string;
  owner: string | null;
  attempt: number;
  has_webhook: boolean | number;
  /** Number of runs that were lost before this one. */
  lost_runs: number;
  /** Whether this run counts as well. */
  charged: boolean | number;
}

export function toLostRun(row: LostRunRow): LostRun {
  return {
    turnId: row.id,
    sessionId: row.session_id,
    owner: row.owner ?? undefined,
    attempt: row.attempt,
    ...(row.has_webhook ? { hasWebhook: true } : {}),
    // A run that was lost before its agent was called makes it 0.
    lostRuns: Math.max(0, row.lost_runs + (row.charged ? 1 : 0)),
  };
}

/** A row of a turn as clients of the UI protocols know it. */
export interface ClientTurnRow {
  id: string;
  status: TurnStatus;
  attempt: number;
  client_message_id: string | null;
  client_run_id: string | null;
}

export function toClientTurn(row: ClientTurnRow): ClientTurn {
  const { id: turnId, status, attempt, client_message_id: messageId, client_run_id: runId } = row;
  return {
    turnId,
    status,
    attempt,
    ...(messageId === null ? {} : { messageId }),
    ...(runId === null ? {} : { runId }),
  };
}
