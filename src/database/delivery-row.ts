import { randomUUID } from 'node:crypto';

import type { Delivery, DeliveryAttempt, DeliveryStatus } from '../webhooks/delivery.js';
import type {
  ClaimedDelivery,
  DeliveryContent,
  DeliveryPage,
  DueDelivery,
  DuePage,
  DueSelection,
  ShownMessages,
} from '../webhooks/delivery.store.js';
import { shownUrl } from '../webhooks/webhook.js';
import { inMicroseconds, toIso } from './columns.js';
import { toInterrupts } from './interrupt-row.js';
import { fromMessageRow, type MessageRow } from './message-columns.js';

/** Maximum number of attempts that a delivery's row keeps. */
const KEPT_ATTEMPTS = 50;

/** Less than every id of a delivery. */
const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

/** The error of an attempt that was counted but not recorded. */
const NEVER_RECORDED = 'The process that made this attempt died or lost the database';

/** An attempt, as the row stores it; `open` if it was counted and is not recorded yet. */
type StoredAttempt = Partial<DeliveryAttempt> & { open?: string };

/** A due delivery as both dialects select it; instants and sizes as text or number. */
export interface DueRow {
  id: string;
  origin: string;
  session_id: string;
  next_attempt_at: number | string;
  bytes: number | string;
  /** Microseconds until it is due, negative where it is. */
  wait: number | string;
}

export function toDueDelivery(row: DueRow): DueDelivery {
  return {
    id: row.id,
    origin: row.origin,
    sessionId: row.session_id,
    bytes: Number(row.bytes),
    wait: Math.max(0, Math.ceil(Number(row.wait) / 1000)),
  };
}

export function toDuePage(rows: DueRow[], limit: number): DuePage {
  const last = rows.at(-1);
  const due = rows.map(toDueDelivery);
  if (!last || rows.length < limit) return { due };
  return { due, next: { nextAttemptAt: Number(last.next_attempt_at), id: last.id } };
}

/** A selection of due deliveries in the form of both dialects' statements. */
export function toDueValues({ after, since, ...selection }: DueSelection) {
  return {
    limit: selection.limit,
    ahead: inMicroseconds(selection.ahead),
    since: since === undefined ? null : inMicroseconds(since),
    afterAt: after?.nextAttemptAt ?? 0,
    afterId: after?.id ?? LEAST_UUID,
    origins: selection.exceptOrigins,
    sessions: selection.exceptSessions,
    largeTo: selection.exceptLargeTo,
    small: selection.small,
    maxBytes: selection.maxBytes,
  };
}

/** The limits of a claim in the form of both dialects' statements. */
export function toClaimValues({ time, retryDelays }: { time: number; retryDelays: readonly number[] }) {
  return {
    time: inMicroseconds(time),
    mostTries: retryDelays.length + 1,
    pauses: retryDelays.map(inMicroseconds),
  };
}

/** A claimed delivery's row as both dialects return it: JSON as text, 64-bit integers as text or number. */
export interface ClaimedDeliveryRow {
  id: string;
  claim: number;
  session_id: string;
  turn_id: string;
  owner: string | null;
  traceparent: string | null;
  url: string;
  token: string | null;
  allow_private_addresses: boolean | number;
  tries: number;
  attempts: string;
  session_status: DeliveryContent['status'];
  response: string | null;
  error: string | null;
  /** JSON text. */
  interrupts: string | null;
  message_count: number | null;
  history_bytes: number | string | null;
  trace_id: string | null;
  total_tokens: number | string | null;
  total_duration: number | string;
}

/** The entry for an attempt that is counted before it is made; the claim adds it to the row's attempts. */
export function attemptNote(): string {
  return JSON.stringify({ at: new Date().toISOString(), open: randomUUID() });
}

export function toClaimedDelivery(row: ClaimedDeliveryRow, note: string): ClaimedDelivery {
  const exhausted = !row.attempts.includes(note);
  const stored = parseAttempts(row.attempts);
  const { open } = JSON.parse(note) as StoredAttempt;
  return {
    id: row.id,
    claim: row.claim,
    sessionId: row.session_id,
    turnId: row.turn_id,
    owner: row.owner ?? undefined,
    traceparent: row.traceparent ?? undefined,
    url: row.url,
    token: row.token,
    allowPrivateAddresses: Boolean(row.allow_private_addresses),
    tries: row.tries,
    exhausted,
    attempts: stored.filter((attempt) => attempt.open !== open).map(shownAttempt),
    note,
    content: {
      status: row.session_status,
      response: row.response,
      error: row.error,
      ...(row.interrupts === null ? {} : { interrupts: toInterrupts(row.interrupts) ?? [] }),
      traceMetrics: {
        trace_id: row.trace_id,
        total_duration: Number(row.total_duration) / 1_000_000,
        total_tokens: row.total_tokens === null ? null : Number(row.total_tokens),
        has_error: row.session_status === 'error',
      },
      ...(row.message_count === null
        ? {}
        : { history: { count: row.message_count, bytes: Number(row.history_bytes ?? 0) } }),
    },
  };
}

/** The attempts of a delivery with one more, in the form of its row. */
export function withAttempt(attempts: DeliveryAttempt[], attempt?: DeliveryAttempt): string {
  return JSON.stringify([...attempts, ...(attempt ? [attempt] : [])].slice(-KEPT_ATTEMPTS));
}

/** A message of the history in a delivery, beside their number; or only the number. */
export type ShownMessageRow = { message_count: number } & (
  ({ position: number } & MessageRow) | { position: null }
);

/** Undefined if there is no row, so the history no longer exists. */
export function toShownMessages(rows: ShownMessageRow[], after: number): ShownMessages | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const messages = rows.flatMap((row) => (row.position === null ? [] : [fromMessageRow(row)]));
  const next = after + messages.length;
  return { messages, ...(messages.length > 0 && next < first.message_count ? { next } : {}) };
}

/** A delivery's row in a list, or nothing beside the session. */
export type DeliveryRow =
  | { id: null }
  | {
      id: string;
      number: number;
      turn_id: string;
      url: string;
      status: DeliveryStatus;
      next_attempt_at: number | string | null;
      attempts: string;
      /** Whether later turns have deliveries. */
      has_more: boolean | number;
    };

/** Undefined if there is no row, so the session does not exist. */
export function toDeliveryPage(rows: DeliveryRow[]): DeliveryPage | undefined {
  if (rows.length === 0) return undefined;
  const found = rows.flatMap((row) => (row.id === null ? [] : [row]));
  const last = found.at(-1);
  const deliveries = found.map((row): Delivery => ({
    delivery_id: row.id,
    turn_id: row.turn_id,
    url: shownUrl(row.url),
    status: row.status,
    next_attempt_at: row.next_attempt_at === null ? null : toIso(row.next_attempt_at),
    attempts: shownAttempts(row.attempts, row.status),
  }));
  return { deliveries, ...(last?.has_more ? { next: last.number } : {}) };
}

/** Without the attempt in progress. */
function shownAttempts(json: string, status: DeliveryStatus): DeliveryAttempt[] {
  const stored = parseAttempts(json);
  const underWay = status === 'pending' && stored.at(-1)?.open !== undefined;
  return (underWay ? stored.slice(0, -1) : stored).map(shownAttempt);
}

function shownAttempt({ at, status_code, error, duration_ms, open }: StoredAttempt): DeliveryAttempt {
  return {
    at: at ?? '',
    status_code: status_code ?? null,
    error: open === undefined ? (error ?? null) : NEVER_RECORDED,
    duration_ms: duration_ms ?? 0,
  };
}

/** Empty for an unreadable row, because it must not block others. */
function parseAttempts(json: string): StoredAttempt[] {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? (parsed as StoredAttempt[]) : [];
  } catch {
    return [];
  }
}
