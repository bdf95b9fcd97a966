import type { RequeueReason, TurnFailureReason } from './turn-end.js';

/** Fields of every fact. No fact contains messages, metadata or secrets, but for what an agent puts into its errors. */
export interface AboutSession {
  /** The session's id. */
  sessionId: string;
  /** The owner of the session, if it has one. */
  owner?: string | undefined;
}

/** Fields of the facts of a turn. */
export interface AboutTurn extends AboutSession {
  /** The turn's id. */
  turnId: string;
}

/** Fields of the facts of one run of a turn. */
export interface AboutRun extends AboutTurn {
  /** The number of this run of the turn: 1, then 2… */
  attempt: number;
}

/** A run of a turn has begun. */
export interface TurnStarted extends AboutRun {
  /** Time that the turn was queued before this run, in ms. */
  waited: number;
  /** Present if all earlier runs were lost with their workers and this one is the last allowed. */
  isLastRun?: true;
}

/** A turn has ended with a response, which is recorded. */
export interface TurnCompleted extends AboutRun {
  /** Duration of this run, in ms. */
  duration: number;
  /** The tokens that the agent reported in this run. */
  totalTokens?: number | undefined;
}

/** A turn has ended in an error. */
export interface TurnFailed extends AboutRun {
  /** The kind of failure. */
  reason: TurnFailureReason;
  /** The line that clients see, which may be the agent's. */
  error: string;
  /**
   * What the agent threw, usually an Error with its stack and causes; absent if the turn failed for another reason.
   * Nothing is removed from it, so it may contain what the agent put into it.
   */
  cause?: unknown;
  /** Duration of this run, in ms; absent if its worker was lost. */
  duration?: number | undefined;
}

/** A run has stopped before its turn ended; the turn will run again. */
export interface TurnRequeued extends AboutRun {
  /** Whether the worker died or was stopped. */
  reason: RequeueReason;
  /** Duration of this run, in ms; absent if its worker was lost. */
  duration?: number | undefined;
}

/** A run has ended with questions to a person. */
export interface TurnInterrupted extends AboutRun {
  /** The number of questions. */
  questions: number;
  /** Duration of this run, in ms. */
  duration: number;
  /** The tokens that the agent reported in this run. */
  totalTokens?: number | undefined;
}

/** Fields of the facts of a webhook delivery. */
export interface AboutDelivery extends AboutTurn {
  /** The delivery's id, which is its `webhook-id`. */
  deliveryId: string;
  /** The number of the attempt since the delivery was requested: 1, then 2… */
  attempt: number;
  /** The receiver's HTTP status; absent without a response. */
  statusCode?: number | undefined;
}

/** An attempt has failed; the delivery will be attempted again. */
export interface DeliveryRetrying extends AboutDelivery {
  /** The reason for the failure, in one line. */
  error: string;
  /** Time until the next attempt, in ms. */
  retryIn: number;
}

/** All attempts of a delivery have failed, or the receiver answered 410. */
export interface DeliveryFailed extends AboutDelivery {
  /** The reason for the failure of the last attempt, in one line. */
  error: string;
}

/** The catalogue: every kind of fact, and what such a fact says. */
export interface FactMap {
  'session.created': AboutSession;
  'session.deleted': AboutSession;
  /** The rows of an expired session have been removed. */
  'session.expired': AboutSession;
  /** A message is stored and will be answered. */
  'turn.queued': AboutTurn;
  /** A run of a turn has begun. */
  'turn.started': TurnStarted;
  'turn.completed': TurnCompleted;
  'turn.failed': TurnFailed;
  /** A client or the host has cancelled a turn, in any process. */
  'turn.cancelled': AboutTurn;
  /** A run has stopped before its turn ended; the turn will run again. */
  'turn.requeued': TurnRequeued;
  /** A run has ended with questions to a person; the turn waits for the answers. */
  'turn.interrupted': TurnInterrupted;
  /** The last answer came, or its question expired with a value; the turn is queued again. */
  'turn.resumed': AboutTurn;
  'delivery.delivered': AboutDelivery;
  'delivery.retrying': DeliveryRetrying;
  /** All attempts of a delivery have failed, or the receiver answered 410. */
  'delivery.failed': DeliveryFailed;
}

export type FactType = keyof FactMap;

/** A committed change, with its type beside what it says. */
export type Fact<Types extends FactType = FactType> = {
  [Type in Types]: { type: Type } & FactMap[Type];
}[Types];
