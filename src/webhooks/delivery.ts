import type { ChatMessage } from '../messages/chat-message.js';

/** Where a delivery stands: still to be made or made again, taken by the receiver, or given up. */
export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

export const DELIVERY_STATUSES: readonly DeliveryStatus[] = ['pending', 'delivered', 'failed'];

/** One attempt to deliver, as the wire shows it. */
export interface DeliveryAttempt {
  /** When it began; ISO 8601 UTC. */
  at: string;
  /** What the receiver answered with; null where it did not answer. */
  status_code: number | null;
  /** Why it failed; null where it did not. */
  error: string | null;
  duration_ms: number;
}

/** A delivery as the wire shows it. */
export interface Delivery {
  delivery_id: string;
  turn_id: string;
  /** Without userinfo, query and fragment. */
  url: string;
  status: DeliveryStatus;
  /** Null where there is none. */
  next_attempt_at: string | null;
  /** Oldest first; of very many the last ones. */
  attempts: DeliveryAttempt[];
}

/** What a receiver is told: the result of a turn. */
export interface WebhookPayload {
  session_id: string;
  status: 'idle' | 'error';
  response: ChatMessage | null;
  error: string | null;
  /** The history at the turn's end; null unless the webhook asked for it. */
  messages: ChatMessage[] | null;
  /** Where `messages` was asked for and is null: the payload would be too large, or the history was replaced since. */
  messages_omitted?: true;
  trace_metrics: {
    /** Null where no OpenTelemetry trace was active. */
    trace_id: string | null;
    /** Seconds from the message's acceptance to the turn's end. */
    total_duration: number;
    /** Null where the agent reported none. */
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

/** That a delivery was asked for again. */
export interface RedeliveryAccepted {
  delivery_id: string;
  status: 'pending';
}
