import type { ChatMessage } from '../messages/chat-message.js';
import type { Delivery, DeliveryAttempt, DeliveryStatus } from '../webhooks/delivery.js';
import type { ClaimedDelivery } from '../webhooks/delivery.store.js';
import { shownUrl } from '../webhooks/webhook.js';
import { toIso } from './columns.js';
import { fromMessageTuples } from './message-columns.js';

/** How many attempts of one delivery are kept. */
const KEPT_ATTEMPTS = 50;

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
  session_status: 'idle' | 'error';
  response: string | null;
  error: string | null;
  messages: string | null;
  trace_id: string | null;
  total_tokens: number | string | null;
  total_duration: number | string;
}

export function toClaimedDelivery(row: ClaimedDeliveryRow): ClaimedDelivery {
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
    attempts: JSON.parse(row.attempts) as DeliveryAttempt[],
    payload: {
      session_id: row.session_id,
      status: row.session_status,
      response: row.response === null ? null : (JSON.parse(row.response) as ChatMessage),
      error: row.error,
      messages: row.messages === null ? null : fromMessageTuples(row.messages),
      trace_metrics: {
        trace_id: row.trace_id,
        total_duration: Number(row.total_duration) / 1_000_000,
        total_tokens: row.total_tokens === null ? null : Number(row.total_tokens),
        has_error: row.session_status === 'error',
      },
    },
  };
}

/** The attempts of a delivery with one more, as its row keeps them. */
export function withAttempt(attempts: DeliveryAttempt[], attempt: DeliveryAttempt): string {
  return JSON.stringify([...attempts, attempt].slice(-KEPT_ATTEMPTS));
}

/** A delivery's row in a list. */
export interface DeliveryRow {
  id: string;
  turn_id: string;
  url: string;
  status: DeliveryStatus;
  next_attempt_at: number | string | null;
  attempts: string;
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    delivery_id: row.id,
    turn_id: row.turn_id,
    url: shownUrl(row.url),
    status: row.status,
    next_attempt_at: row.next_attempt_at === null ? null : toIso(row.next_attempt_at),
    attempts: JSON.parse(row.attempts) as DeliveryAttempt[],
  };
}
