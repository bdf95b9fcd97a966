import type { SettledStatus } from '../facts/turn-end.js';
import type { SessionInterrupt } from '../interrupts/interrupt.js';
import type { ChatMessage } from '../messages/chat-message.js';

/** The state of a session that a delivery reports. */
export type ReportedStatus = SettledStatus | 'interrupted';

/** State of a delivery: to be attempted (again), accepted by the receiver, or given up. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

export const DELIVERY_STATUSES: readonly DeliveryStatus[] = ['pending', 'delivered', 'failed'];

/** One attempt of a delivery, as the API returns it. */
export interface DeliveryAttempt {
  /** Start time; ISO 8601 UTC. */
  at: string;
  /** The receiver's HTTP status; null without a response. */
  status_code: number | null;
  /** Reason for the failure; null on success. */
  error: string | null;
  /** Milliseconds that it took. */
  duration_ms: number;
}

/** A delivery, as the API returns it. */
export interface Delivery {
  /** The delivery's id, also the `webhook-id` of each attempt. */
  delivery_id: string;
  /** The turn whose end or interruption it reports. */
  turn_id: string;
  /** Without userinfo, query and fragment. */
  url: string;
  /** The delivery's state. */
  status: DeliveryStatus;
  /** Null if no attempt is pending. */
  next_attempt_at: string | null;
  /** Oldest first; limited to the most recent ones. */
  attempts: DeliveryAttempt[];
}

/** The body of a webhook request: the result of a turn. */
export interface WebhookPayload {
  /** The session's id. */
  session_id: string;
  /** The session's state after the turn; `interrupted` only with `include_interrupts`. */
  status: ReportedStatus;
  /** The agent's answer; null after an error. */
  response: ChatMessage | null;
  /** One line with the reason for which the turn failed; null on success. */
  error: string | null;
  /** Present with `interrupted`: the pending questions. */
  interrupts?: SessionInterrupt[];
  /** The history at the turn's end; null unless the webhook has `include_messages`. */
  messages: ChatMessage[] | null;
  /**
   * Present if `messages` was requested and is null, because the payload would be too large or the history was
   * replaced.
   */
  messages_omitted?: true;
  /** What the turn took. */
  trace_metrics: {
    /** Null if no OpenTelemetry trace was active. */
    trace_id: string | null;
    /** Seconds from the message's acceptance to the turn's end. */
    total_duration: number;
    /** Null if the agent reported none. */
    total_tokens: number | null;
    /** Whether the turn failed. */
    has_error: boolean;
  };
}

/** Which deliveries of a session to read. */
export interface DeliveryRange {
  /**
   * The number of the turn after which to begin.
   *
   * @default 0, which begins with the first turn
   */
  after?: number | undefined;
  /**
   * How many deliveries to return, 1 to 1,000: a page has more if its last turn has further ones.
   *
   * @default 100
   */
  limit?: number | undefined;
}

/** The answer to a request to redeliver. */
export interface RedeliveryAccepted {
  /** The delivery's id. */
  delivery_id: string;
  /** The delivery's state now. */
  status: 'pending';
}
