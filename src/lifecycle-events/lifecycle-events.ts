/** Fields of every event. No event contains messages, metadata or secrets. */
interface AboutSession {
  /** The `name` of the module. */
  module: string;
  sessionId: string;
  /** The owner of the session, if it has one. */
  owner?: string | undefined;
}

interface AboutTurn extends AboutSession {
  turnId: string;
}

interface AboutRun extends AboutTurn {
  /** The number of this run of the turn: 1, then 2… */
  attempt: number;
}

export type SessionCreatedEvent = AboutSession;
export type SessionDeletedEvent = AboutSession;
/** The rows of an expired session have been removed. */
export type SessionExpiredEvent = AboutSession;

/** A message is stored and will be answered. */
export type TurnAcceptedEvent = AboutTurn;

/** A run of a turn has begun. */
export interface TurnStartedEvent extends AboutRun {
  /** Time that the turn was queued before this run, in ms. */
  waited: number;
  /** Present if all earlier runs were lost with their workers and this one is the last allowed. */
  isLastRun?: true;
}

export interface TurnCompletedEvent extends AboutRun {
  /** Duration of this run, in ms. */
  duration: number;
  /** The tokens that the agent reported in this run. */
  totalTokens?: number | undefined;
}

/**
 * Reason for which a turn failed: an error of its agent, its time limit, a result that is invalid or cannot be
 * stored, a result that would exceed `maxHistory`, or workers that died or were stopped too often.
 */
export type TurnFailureReason =
  'agent_error' | 'timed_out' | 'output_rejected' | 'history_too_large' | 'worker_lost' | 'worker_stopped';

export interface TurnFailedEvent extends AboutRun {
  reason: TurnFailureReason;
  /** The line that clients see, which may be the agent's. */
  error: string;
  /** Duration of this run, in ms; absent if its worker was lost. */
  duration?: number | undefined;
}

/** A client or the host has cancelled a turn, in any process. */
export type TurnCancelledEvent = AboutTurn;

/** A run has stopped before its turn ended; the turn will run again. */
export interface TurnRequeuedEvent extends AboutRun {
  reason: 'worker_lost' | 'worker_stopped';
  /** Duration of this run, in ms; absent if its worker was lost. */
  duration?: number | undefined;
}

interface AboutDelivery extends AboutTurn {
  deliveryId: string;
  /** The number of the attempt since the delivery was requested: 1, then 2… */
  attempt: number;
  /** The receiver's HTTP status; absent without a response. */
  statusCode?: number | undefined;
}

export type DeliveryDeliveredEvent = AboutDelivery;

export interface DeliveryRetryingEvent extends AboutDelivery {
  /** The reason for the failure, in one line. */
  error: string;
  /** Time until the next attempt, in ms. */
  retryIn: number;
}

/** All attempts of a delivery have failed, or the receiver answered 410. */
export interface DeliveryFailedEvent extends AboutDelivery {
  /** The reason for the failure of the last attempt, in one line. */
  error: string;
}

/** All lifecycle events with their payloads, by name. */
export interface LifecycleEventMap {
  'agent-sessions.session.created': SessionCreatedEvent;
  'agent-sessions.session.deleted': SessionDeletedEvent;
  'agent-sessions.session.expired': SessionExpiredEvent;
  'agent-sessions.turn.accepted': TurnAcceptedEvent;
  'agent-sessions.turn.started': TurnStartedEvent;
  'agent-sessions.turn.completed': TurnCompletedEvent;
  'agent-sessions.turn.failed': TurnFailedEvent;
  'agent-sessions.turn.cancelled': TurnCancelledEvent;
  'agent-sessions.turn.requeued': TurnRequeuedEvent;
  'agent-sessions.delivery.delivered': DeliveryDeliveredEvent;
  'agent-sessions.delivery.retrying': DeliveryRetryingEvent;
  'agent-sessions.delivery.failed': DeliveryFailedEvent;
}

export type LifecycleEventName = keyof LifecycleEventMap;

/** The names of the events, for `@OnEvent(lifecycleEvents.turnCompleted)`. */
export const lifecycleEvents = {
  sessionCreated: 'agent-sessions.session.created',
  sessionDeleted: 'agent-sessions.session.deleted',
  sessionExpired: 'agent-sessions.session.expired',
  turnAccepted: 'agent-sessions.turn.accepted',
  turnStarted: 'agent-sessions.turn.started',
  turnCompleted: 'agent-sessions.turn.completed',
  turnFailed: 'agent-sessions.turn.failed',
  turnCancelled: 'agent-sessions.turn.cancelled',
  turnRequeued: 'agent-sessions.turn.requeued',
  deliveryDelivered: 'agent-sessions.delivery.delivered',
  deliveryRetrying: 'agent-sessions.delivery.retrying',
  deliveryFailed: 'agent-sessions.delivery.failed',
} as const satisfies Record<string, LifecycleEventName>;
