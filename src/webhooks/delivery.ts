import type { SettledStatus } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';

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
  duration_ms: number;
}

/** A delivery, as the API returns it. */
export interface Delivery {
  delivery_id: string;
  turn_id: string;
  /** Without userinfo, query and fragment. */
  url: string;
  status: DeliveryStatus;
  /** Null if no attempt is pending. */
  next_attempt_at: string | null;
  /** Oldest first; limited to the most recent ones. */
  attempts: DeliveryAttempt[];
}

/** The body of a webhook request: the result of a turn. */
export interface WebhookPayload {
  session_id: string;
  status: SettledStatus;
  response: ChatMessage | null;
  error: string | null;
  /** The history at the turn's end; null unless the webhook has `include_messages`. */
  messages: ChatMessage[] | null;
  /**
   * Present if `messages` was requested and is null, because the payload would be too large or the history was
   * replaced.
   */
  messages_omitted?: true;
  trace_metrics: {
    /** Null if no OpenTelemetry trace was active. */
    trace_id: string | null;
    /** Seconds from the message's acceptance to the turn's end. */
    total_duration: number;
    /** Null if the agent reported none. */
    total_tokens: number | null;
    has_error: boolean;
  };
}

/** Which deliveries of a session to read. */
export interface DeliveryRange {
  /** The number of the turn after which to begin; by default with the first. */
  after?: number | undefined;
  limit?: number | undefined;
}

/** The answer to a request to redeliver. */
export interface RedeliveryAccepted {
  delivery_id: string;
  status: 'pending';
}
