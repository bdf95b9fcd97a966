/** What an event of a session says. No event holds messages, metadata or secrets. */
interface AboutSession {
  /** The `name` of the module. */
  module: string;
  sessionId: string;
  /** Whose session it is, where it is somebody's. */
  owner?: string | undefined;
}

interface AboutTurn extends AboutSession {
  turnId: string;
}

interface AboutRun extends AboutTurn {
  /** Which run of the turn it is: 1, then 2… */
  attempt: number;
}

export type SessionCreatedEvent = AboutSession;
export type SessionDeletedEvent = AboutSession;
/** The rows of a session have been removed some time after it expired. */
export type SessionExpiredEvent = AboutSession;

/** A message is stored and will be answered. */
export type TurnAcceptedEvent = AboutTurn;

/** A run of a turn has begun. */
export interface TurnStartedEvent extends AboutRun {
  /** How long the turn was queued before this run, in ms. */
  waited: number;
  /** Present where all earlier runs were lost with their workers and this one is the last. */
  isLastRun?: true;
}

export interface TurnCompletedEvent extends AboutRun {
  /** How long this run took, in ms. */
  duration: number;
  /** The tokens that the agent reported in this run. */
  totalTokens?: number | undefined;
}

/**
 * Why a turn failed: by its agent, by its time limit, because its answer is none or could not be stored, because its
 * answer would have made the history too large, or because its workers died or were stopped too often.
 */
export type TurnFailureReason =
  'agent_error' | 'timed_out' | 'output_rejected' | 'history_too_large' | 'worker_lost' | 'worker_stopped';

export interface TurnFailedEvent extends AboutRun {
  reason: TurnFailureReason;
  /** The one line that clients are shown, which may be the agent's. */
  error: string;
  /** How long this run took, in ms; absent where its worker was lost. */
  duration?: number | undefined;
}

/** A client or the host has ended a turn, wherever it was running. */
export type TurnCancelledEvent = AboutTurn;

/** A run has ended without an end of its turn, which will be run again. */
export interface TurnRequeuedEvent extends AboutRun {
  reason: 'worker_lost' | 'worker_stopped';
  /** How long this run took, in ms; absent where its worker was lost. */
  duration?: number | undefined;
}

interface AboutDelivery extends AboutTurn {
  deliveryId: string;
  /** Which attempt it was since the delivery was asked for: 1, then 2… */
  attempt: number;
  /** What the receiver answered with; absent where it did not answer. */
  statusCode?: number | undefined;
}

export type DeliveryDeliveredEvent = AboutDelivery;

export interface DeliveryRetryingEvent extends AboutDelivery {
  /** One line that says why the attempt failed. */
  error: string;
  /** How long until the next attempt, in ms. */
  retryIn: number;
}

/** A delivery is given up. */
export interface DeliveryFailedEvent extends AboutDelivery {
  /** One line that says why the last attempt failed. */
  error: string;
}

/** The lifecycle events by their names: all that there are, and what each says. */
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
