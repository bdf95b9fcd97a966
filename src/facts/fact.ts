import type { RequeueReason, TurnFailureReason } from './turn-end.js';

/** What a fact about a session says. No fact holds messages, metadata or secrets. */
export interface AboutSession {
  sessionId: string;
  /** Whose session it is, where it is somebody's. */
  owner?: string | undefined;
}

export interface AboutTurn extends AboutSession {
  turnId: string;
}

export interface AboutRun extends AboutTurn {
  /** Which run of the turn it is: 1, then 2… */
  attempt: number;
}

export interface TurnStarted extends AboutRun {
  /** How long the turn was queued before this run, in ms. */
  waited: number;
  /** Present where all earlier runs were lost with their workers and this one is the last. */
  isLastRun?: true;
}

export interface TurnCompleted extends AboutRun {
  /** How long this run took, in ms. */
  duration: number;
  /** The tokens that the agent reported in this run. */
  totalTokens?: number | undefined;
}

export interface TurnFailed extends AboutRun {
  reason: TurnFailureReason;
  /** The one line that clients are shown, which may be the agent's. */
  error: string;
  /** How long this run took, in ms; absent where its worker was lost. */
  duration?: number | undefined;
}

export interface TurnRequeued extends AboutRun {
  reason: RequeueReason;
  /** How long this run took, in ms; absent where its worker was lost. */
  duration?: number | undefined;
}

export interface AboutDelivery extends AboutTurn {
  deliveryId: string;
  /** Which attempt it was since the delivery was asked for: 1, then 2… */
  attempt: number;
  /** What the receiver answered with; absent where it did not answer. */
  statusCode?: number | undefined;
}

export interface DeliveryRetrying extends AboutDelivery {
  /** One line that says why the attempt failed. */
  error: string;
  /** How long until the next attempt, in ms. */
  retryIn: number;
}

export interface DeliveryFailed extends AboutDelivery {
  /** One line that says why the last attempt failed. */
  error: string;
}

/** The catalogue: every kind of fact, and what such a fact says. */
export interface FactMap {
  'session.created': AboutSession;
  'session.deleted': AboutSession;
  /** The rows of a session have been removed some time after it expired. */
  'session.expired': AboutSession;
  /** A message is stored and will be answered. */
  'turn.queued': AboutTurn;
  /** A run of a turn has begun. */
  'turn.started': TurnStarted;
  'turn.completed': TurnCompleted;
  'turn.failed': TurnFailed;
  /** A client or the host has ended a turn, wherever it was running. */
  'turn.cancelled': AboutTurn;
  /** A run has ended without an end of its turn, which will be run again. */
  'turn.requeued': TurnRequeued;
  'delivery.delivered': AboutDelivery;
  'delivery.retrying': DeliveryRetrying;
  /** A delivery is given up. */
  'delivery.failed': DeliveryFailed;
}

export type FactType = keyof FactMap;

/** A committed change, with its type beside what it says. */
export type Fact<Types extends FactType = FactType> = {
  [Type in Types]: { type: Type } & FactMap[Type];
}[Types];
