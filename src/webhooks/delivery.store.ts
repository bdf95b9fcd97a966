import type { Delivery, DeliveryAttempt, DeliveryStatus, WebhookPayload } from './delivery.js';

/** Injection token of the {@link DeliveryStore}. */
export const DELIVERY_STORE = Symbol.for('nestjs-agent-sessions:delivery-store');

/** A delivery whose time has come. */
export interface DueDelivery {
  id: string;
  origin: string;
}

/** A delivery that this process, and no other, may attempt for a while. */
export interface ClaimedDelivery {
  id: string;
  /** Grows with each claim and so is the fence of what is written about it. */
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
  attempts: DeliveryAttempt[];
  payload: WebhookPayload;
}

/** What became of an attempt. */
export interface AttemptOutcome {
  attempt: DeliveryAttempt;
  status: DeliveryStatus;
  /** With `pending`: milliseconds until the next attempt. */
  retryIn?: number;
}

/**
 * The deliveries that ended turns have left behind: the TurnStore writes them, in the transaction that ends a
 * turn. There is one implementation for each dialect. Throws DatabaseUnavailableException and
 * TryAgainException.
 */
export interface DeliveryStore {
  /** A turn's deliveries that are due. */
  dueOf(turnId: string): Promise<DueDelivery[]>;
  /** Deliveries that are due, the longest first, those to some origins left out. */
  due(limit: number, exceptOrigins: string[]): Promise<DueDelivery[]>;
  /** Takes a due delivery for the given time (ms), after which others may; undefined where it is not due. */
  claim(id: string, time: number): Promise<ClaimedDelivery | undefined>;
  /** Writes down an attempt; false where somebody else has claimed the delivery since or it is gone. */
  record(claimed: ClaimedDelivery, outcome: AttemptOutcome): Promise<boolean>;
  /** Gives back a delivery whose attempt was cut off; it is due again at once. */
  release(claimed: ClaimedDelivery): Promise<void>;
  /** A session's deliveries, oldest first. */
  list(sessionId: string): Promise<Delivery[]>;
  /** Makes a delivery due, with all its attempts before it; the turn's id, undefined where there is none. */
  redeliver(sessionId: string, id: string, allowPrivateAddresses: boolean): Promise<string | undefined>;
}
