import type { EntityManager } from 'typeorm';

import type { SessionInterrupt } from '../interrupts/interrupt.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { Delivery, DeliveryAttempt, DeliveryStatus, WebhookPayload } from './delivery.js';

/** Maximum size of the history in a webhook. */
export const SHOWN_HISTORY_BYTES = 8 * 1024 * 1024;

/** Injection token of the {@link DeliveryStore}. */
export const DELIVERY_STORE = Symbol.for('nestjs-agent-sessions:delivery-store');

/** A delivery that is due now or soon. */
export interface DueDelivery {
  id: string;
  origin: string;
  sessionId: string;
  /** Approximate size of its payload. */
  bytes: number;
  /** Milliseconds until it is due. */
  wait: number;
}

/** Position in a list of due deliveries. */
export interface DueCursor {
  /** In microseconds since 1970. */
  nextAttemptAt: number;
  id: string;
}

/** The due deliveries to find. */
export interface DueSelection {
  limit: number;
  /** Includes deliveries that become due within this time, in ms. */
  ahead: number;
  after?: DueCursor;
  /** Only deliveries that became due within this time, in ms. */
  since?: number;
  /** Receivers and sessions that have reached their limit of attempts. */
  exceptOrigins: string[];
  exceptSessions: string[];
  /** Payloads up to this size are never excluded because of their size. */
  small: number;
  /** Maximum size of a payload that fits the limits now. */
  maxBytes: number;
  /** Receivers that accept no large payload now. */
  exceptLargeTo: string[];
}

/** A page of due deliveries, in the order of their due times. */
export interface DuePage {
  due: DueDelivery[];
  /** Undefined on the last page. */
  next?: DueCursor;
}

/** The data of a payload. */
export interface DeliveryContent {
  status: WebhookPayload['status'];
  /** JSON text, or null. */
  response: string | null;
  error: string | null;
  /** With the status `interrupted`. */
  interrupts?: SessionInterrupt[];
  traceMetrics: NonNullable<WebhookPayload['trace_metrics']>;
  /**
   * The history to include: number of messages and their size in bytes. Undefined unless the webhook has
   * `include_messages`.
   */
  history?: { count: number; bytes: number };
}

/** A delivery that this process holds exclusively for a limited time. */
export interface ClaimedDelivery {
  id: string;
  /** Grows with each claim and each redelivery. It is the fence of all writes about the delivery. */
  claim: number;
  sessionId: string;
  turnId: string;
  /** The session's owner, if it has one and the session still exists. */
  owner?: string;
  /** The W3C `traceparent` of the request that started the turn, if it still exists. */
  traceparent?: string;
  url: string;
  token: string | null;
  allowPrivateAddresses: boolean;
  /** Number of attempts since the delivery was requested, this one included. */
  tries: number;
  /** Whether all attempts are used up; this one is then not made. */
  exhausted: boolean;
  /** The earlier attempts, including those that were counted but not recorded. */
  attempts: DeliveryAttempt[];
  /** The entry for this attempt in the row, written when it was counted. */
  note: string;
  content: DeliveryContent;
}

/** The outcome of an attempt, or of the delivery if all attempts are used up. */
export interface AttemptOutcome {
  attempt?: DeliveryAttempt;
  status: DeliveryStatus;
  /** With `pending`: milliseconds until the next attempt. */
  retryIn?: number;
}

/** A batch of the history that a delivery includes. */
export interface ShownMessages {
  messages: ChatMessage[];
  /** The position after the last message, if more follow. */
  next?: number;
}

/** A page of a session's deliveries. */
export interface DeliveryPage {
  /** The deliveries of the page, in the order of their turns. */
  deliveries: Delivery[];
  /** The number of the last delivery's turn, if more follow. */
  next?: number;
}

/** The outcome of a request to redeliver. */
export type RedeliverOutcome =
  { outcome: 'due'; turnId: string } | { outcome: 'session_not_found' | 'delivery_not_found' };

/**
 * The deliveries of ended turns. TurnStore inserts them in the transaction that ends a turn. The guarded transitions
 * are claim, record, release and redeliver; all others are plain reads. `claim` grows with each claim and each
 * redelivery and is the fence: record and release change nothing of a delivery that was claimed or requested again.
 * Each dialect has its own implementation. Throws DatabaseUnavailableException and TryAgainException.
 */
export interface DeliveryStore {
  /** The due deliveries of a turn. */
  dueOf(turnId: string): Promise<DueDelivery[]>;
  /** The due deliveries of all turns. */
  due(selection: DueSelection): Promise<DuePage>;
  /**
   * Claims a due delivery for the given time (ms) and counts the attempt; undefined if it is not due. If nothing is
   * recorded, it is due again after that time plus the pause of a failed attempt.
   *
   * Atomic: the claim, the count and the note of the attempt. Prevents two processes from making the same attempt,
   * and a delivery whose attempts end their process from being tried without an end.
   */
  claim(
    id: string,
    limits: { time: number; retryDelays: readonly number[] },
  ): Promise<ClaimedDelivery | undefined>;
  /**
   * Messages of the history that a claimed delivery includes, from the position `after` on, in batches of a few MiB.
   * Undefined if the session no longer has that history or the claim is lost.
   */
  history(claimed: ClaimedDelivery, after: number): Promise<ShownMessages | undefined>;
  /** The copy of that history that was made before its removal; undefined if there is none. */
  keptHistory(claimed: ClaimedDelivery): Promise<ChatMessage[] | undefined>;
  /**
   * Records an attempt. False if the delivery was claimed or requested again meanwhile, or no longer exists; then at
   * most the attempt itself is appended.
   *
   * Atomic: status, attempts and next time. Prevents an attempt that took longer than its claim from overwriting the
   * result of a later one, or from cancelling a redelivery that was requested meanwhile.
   */
  record(claimed: ClaimedDelivery, outcome: AttemptOutcome): Promise<boolean>;
  /**
   * Releases a delivery whose attempt was not made or was cut off; it is due again at once.
   *
   * Atomic. Prevents a process that stops late from releasing what another one has claimed.
   */
  release(claimed: ClaimedDelivery): Promise<void>;
  /** A session's deliveries in the order of its turns; undefined if there is no such session. */
  list(
    scope: SessionScope,
    sessionId: string,
    page: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<DeliveryPage | undefined>;
  /**
   * Makes a delivery due with the full number of attempts, also while an attempt is in progress.
   *
   * Atomic: the scope is checked by the statement that writes. Prevents the attempt in progress from ending the
   * delivery that was requested, because its claim is lost.
   */
  redeliver(
    scope: SessionScope,
    sessionId: string,
    delivery: { id: string; allowPrivateAddresses: boolean },
    manager?: EntityManager,
  ): Promise<RedeliverOutcome>;
}
