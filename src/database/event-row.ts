import type {
  AnyEvent,
  Appended,
  EmittedEvents,
  LogBatch,
  LogPlace,
  LogPosition,
} from '../events/event.store.js';
import type { TurnCode } from '../facts/turn-end.js';
import { messageIdOf } from '../messages/message-id.js';
import type { ChatMessage, IdentifiedMessage } from '../messages/chat-message.js';
import { toIso } from './columns.js';
import { toInterrupts } from './interrupt-row.js';
import { fromMessageRow } from './message-columns.js';
import { parseStored } from './stored-json.js';

/** Maximum number of events of one log in one reading. */
export const READ_EVENTS = 500;

/** Maximum size of their data, with at least one event. */
export const READ_BYTES = 1024 * 1024;

/** An event's row, with what its turn and the history have of it. */
export interface EventRow {
  id: number;
  type: string;
  turn_id: string;
  attempt: number | null;
  at: number | string;
  /** JSON text, as are the following ones but `error` and `code`. */
  data: string | null;
  input: string | null;
  response: string | null;
  total_tokens: number | string | null;
  error: string | null;
  code: TurnCode | null;
  messages: string | null;
  interrupts: string | null;
  answers: string | null;
}

/** A log's row: where it stands. */
export interface PositionRow {
  created_at: number | string;
  last: number;
  unfinished: number | null;
  turn_first: number | null;
  turn_last: number | null;
  turn_ended: number | string | null;
}

export function toPosition(sessionId: string, row: PositionRow): LogPosition {
  const { created_at, last, unfinished, turn_first, turn_last, turn_ended } = row;
  return {
    sessionId,
    created: String(created_at),
    last,
    ...(unfinished === null ? {} : { unfinished }),
    ...(turn_first === null || turn_last === null
      ? {}
      : { turn: { first: turn_first, last: turn_last, isOver: turn_ended !== null } }),
  };
}

export function toBatch({ sessionId }: LogPlace, rows: EventRow[]): LogBatch {
  return { events: rows.map((row) => toEvent(sessionId, row)), hasMore: mayGoOn(rows) };
}

/** Whether a batch may have ended at one of its limits. */
function mayGoOn(rows: EventRow[]): boolean {
  if (rows.length === READ_EVENTS) return true;
  const size = rows.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  // Half, because an event that did not fit is not among them.
  return size > READ_BYTES / 4;
}

function toEvent(sessionId: string, row: EventRow): AnyEvent {
  const { id, type, turn_id, attempt, at } = row;
  const about = { id, type, session_id: sessionId, turn_id, attempt, at: toIso(at) };
  // An agent's own event may have fields of these names, which do not count.
  return { ...about, ...fieldsOf(row), ...about } as AnyEvent;
}

/** The fields of an event beside those that all have. */
function fieldsOf(row: EventRow): object {
  switch (row.type) {
    case 'turn.queued':
      return { message: parsed(row.input), message_id: messageIdOf(row.turn_id) };
    case 'turn.completed':
      return {
        response: parsed(row.response),
        messages: toMessages(row.messages ?? row.data ?? '[]'),
        usage: row.total_tokens === null ? null : { total_tokens: Number(row.total_tokens) },
      };
    case 'turn.interrupted':
      return { interrupts: toInterrupts(row.interrupts) ?? [] };
    case 'turn.resumed':
      return { answers: parsed(row.answers) ?? [] };
    case 'turn.failed':
      return { error: row.error, code: row.code };
    default:
      return parsed(row.data) ?? {};
  }
}

function parsed(json: string | null): object | null {
  return json === null ? null : (parseStored(json) as object);
}

function toMessages(json: string): IdentifiedMessage[] {
  const tuples = JSON.parse(json) as [ChatMessage['role'], string | null, string | null, string][];
  return tuples.map(([role, content, details, message_id]) => ({
    ...fromMessageRow({ role, content, details }),
    message_id,
  }));
}

/** A run's row as an append returns it. */
export interface AppendedRow {
  id: string;
  appended: boolean;
  lost: boolean;
}

export function toAppended(rows: AppendedRow[]): Appended {
  return {
    appended: rows.filter(({ appended }) => appended).map(({ id }) => id),
    lost: rows.filter(({ appended, lost }) => lost && !appended).map(({ id }) => id),
  };
}

/** The size of what a run has emitted. */
export function bytesOf({ events }: EmittedEvents): number {
  return events.reduce((sum, { bytes }) => sum + bytes, 0);
}
