import type { EntityManager } from 'typeorm';

import type { ChatMessage } from '../messages/chat-message.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { Delivery, DeliveryAttempt, DeliveryStatus, WebhookPayload } from './delivery.js';

/** The largest history that a webhook shows, in bytes. */
export const SHOWN_HISTORY_BYTES = 8 * 1024 * 1024;

/** Injection token of the {@link DeliveryStore}. */
export const DELIVERY_STORE = Symbol.for('nestjs-agent-sessions:delivery-store');

/** A delivery whose time has come, or comes soon. */
export interface DueDelivery {
  id: string;
  origin: string;
  sessionId: string;
  /** About the size of its payload. */
  bytes: number;
  /** Milliseconds until it is due. */
  wait: number;
}

/** Where a list of due deliveries goes on. */
export interface DueCursor {
  /** Microseconds. */
  nextAttemptAt: number;
  id: string;
}

/** Which due deliveries to find. */
export interface DueSelection {
  limit: number;
  /** Also what is due within this time, in ms. */
  ahead: number;
  after?: DueCursor;
  /** Only what has been due for no longer than this, in ms. */
  since?: number;
  /** Receivers and sessions that have as many attempts under way as they may. */
  exceptOrigins: string[];
  exceptSessions: string[];
  /** Payloads up to this size are never left out for their size. */
  small: number;
  /** The largest payload there is room for. */
  maxBytes: number;
  /** Receivers that take no large payload now. */
  exceptLargeTo: string[];
}

/** A page of due deliveries, the longest due first. */
export interface DuePage {
  due: DueDelivery[];
  /** Undefined on the last page. */
  next?: DueCursor;
}

/** What a payload is made of. */
export interface DeliveryContent {
  status: WebhookPayload['status'];
  /** JSON text, or null. */
  response: string | null;
  error: string | null;
  traceMetrics: NonNullable<WebhookPayload['trace_metrics']>;
  /** The history to show: how many messages, and their size in bytes. Undefined unless the webhook asked for it. */
  history?: { count: number; bytes: number };
}

/** A delivery that this process, and no other, may attempt for a while. */
export interface ClaimedDelivery {
  id: string;
  /** Grows with each claim and each redelivery, and so is the fence of what is written about it. */
  claim: number;
  sessionId: string;
  turnId: string;
  /** Whose session it is, where it is somebody's and is still there. */
  owner?: string;
  /** The W3C `traceparent` of the request that started the turn, where that is still there. */
  traceparent?: string;
  url: string;
  token: string | null;
  allowPrivateAddresses: boolean;
  /** How many attempts there were since the delivery was asked for, this one included. */
  tries: number;
  /** Whether all attempts are used up, so that this one is not to be made. */
  exhausted: boolean;
  /** Those before, and those that were counted and not recorded. */
  attempts: DeliveryAttempt[];
  /** The note that this attempt was counted, as the row has it. */
  note: string;
  content: DeliveryContent;
}

/** What became of an attempt; of none, where all are used up. */
export interface AttemptOutcome {
  attempt?: DeliveryAttempt;
  status: DeliveryStatus;
  /** With `pending`: milliseconds until the next attempt. */
  retryIn?: number;
}

/** A piece of the history that a delivery shows. */
export interface ShownMessages {
  messages: ChatMessage[];
  /** The position after the last of them, where more follow. */
  next?: number;
}

/** A page of a session's deliveries. */
export interface DeliveryPage {
  deliveries: Delivery[];
  /** The number of the last delivery's turn, where more follow. */
  next?: number;
}

/** What became of a wish to deliver again. */
export type RedeliverOutcome =
  { outcome: 'due'; turnId: string } | { outcome: 'session_not_found' | 'delivery_not_found' };

/**
 * The deliveries that ended turns have left behind: the TurnStore writes them, in the transaction that ends a
 * turn. There is one implementation for each dialect. Throws DatabaseUnavailableException and
 * TryAgainException.
 */
export interface DeliveryStore {
  /** A turn's deliveries that are due. */
  dueOf(turnId: string): Promise<DueDelivery[]>;
  /** Deliveries that are due. */
  due(selection: DueSelection): Promise<DuePage>;
  /**
   * Takes a due delivery for the given time (ms) and counts the attempt; undefined where it is not due. If nothing
   * is recorded it is due again after that time and the pause that follows a failed attempt.
   */
  claim(
    id: string,
    limits: { time: number; retryDelays: readonly number[] },
  ): Promise<ClaimedDelivery | undefined>;
  /**
   * Messages of the history that a claimed delivery shows, from the position `after` on, in pieces of a few MiB.
   * Undefined where the session no longer has that history or the claim is lost.
   */
  history(claimed: ClaimedDelivery, after: number): Promise<ShownMessages | undefined>;
  /** The copy of that history which was made before it went; undefined where there is none. */
  keptHistory(claimed: ClaimedDelivery): Promise<ChatMessage[] | undefined>;
  /**
   * Records an attempt. False where the delivery was claimed or asked for again since, or is gone: then at most the
   * attempt itself is added.
   */
  record(claimed: ClaimedDelivery, outcome: AttemptOutcome): Promise<boolean>;
  /** Gives back a delivery whose attempt was not made or was cut off; it is due again at once. */
  release(claimed: ClaimedDelivery): Promise<void>;
  /** A session's deliveries in the order of its turns; undefined where there is no such session. */
  list(
    scope: SessionScope,
    sessionId: string,
    page: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<DeliveryPage | undefined>;
  /** Makes a delivery due, with all its attempts before it, also while an attempt is under way. */
  redeliver(
    scope: SessionScope,
    sessionId: string,
    delivery: { id: string; allowPrivateAddresses: boolean },
    manager?: EntityManager,
  ): Promise<RedeliverOutcome>;
}
