import type {
  AboutDelivery,
  AboutSession,
  AboutTurn,
  DeliveryFailed,
  DeliveryRetrying,
  TurnCompleted,
  TurnFailed,
  TurnInterrupted,
  TurnRequeued,
  TurnStarted,
} from '../facts/fact.js';

/** Fields of every event. No event contains messages, metadata or secrets, but for what an agent puts into its errors. */
export interface AboutModule {
  /** The `name` of the module. */
  module: string;
}

/** A session has been created. */
export interface SessionCreatedEvent extends AboutModule, AboutSession {}

/** A session has been deleted, with all that belongs to it. */
export interface SessionDeletedEvent extends AboutModule, AboutSession {}

/** The rows of an expired session have been removed. */
export interface SessionExpiredEvent extends AboutModule, AboutSession {}

/** A message is stored and will be answered. */
export interface TurnAcceptedEvent extends AboutModule, AboutTurn {}

/** A run of a turn has begun. */
export interface TurnStartedEvent extends AboutModule, TurnStarted {}

/** A turn has ended with a response, which is recorded. */
export interface TurnCompletedEvent extends AboutModule, TurnCompleted {}

/** A turn has ended in an error. */
export interface TurnFailedEvent extends AboutModule, TurnFailed {}

/** A client or the host has cancelled a turn, in any process. */
export interface TurnCancelledEvent extends AboutModule, AboutTurn {}

/** A run has stopped before its turn ended; the turn will run again. */
export interface TurnRequeuedEvent extends AboutModule, TurnRequeued {}

/** A run has ended with questions to a person; the turn waits for the answers. */
export interface TurnInterruptedEvent extends AboutModule, TurnInterrupted {}

/** The last question of a turn is answered, or expired with a value; the turn is queued again. */
export interface TurnResumedEvent extends AboutModule, AboutTurn {}

/** The receiver has accepted a delivery. */
export interface DeliveryDeliveredEvent extends AboutModule, AboutDelivery {}

/** An attempt has failed; the delivery will be attempted again. */
export interface DeliveryRetryingEvent extends AboutModule, DeliveryRetrying {}

/** All attempts of a delivery have failed, or the receiver answered 410. */
export interface DeliveryFailedEvent extends AboutModule, DeliveryFailed {}

/** All lifecycle events with their payloads, by name. */
export interface LifecycleEventMap {
  /** See {@link SessionCreatedEvent}. */
  'agent-sessions.session.created': SessionCreatedEvent;
  /** See {@link SessionDeletedEvent}. */
  'agent-sessions.session.deleted': SessionDeletedEvent;
  /** See {@link SessionExpiredEvent}. */
  'agent-sessions.session.expired': SessionExpiredEvent;
  /** See {@link TurnAcceptedEvent}. */
  'agent-sessions.turn.accepted': TurnAcceptedEvent;
  /** See {@link TurnStartedEvent}. */
  'agent-sessions.turn.started': TurnStartedEvent;
  /** See {@link TurnCompletedEvent}. */
  'agent-sessions.turn.completed': TurnCompletedEvent;
  /** See {@link TurnFailedEvent}. */
  'agent-sessions.turn.failed': TurnFailedEvent;
  /** See {@link TurnCancelledEvent}. */
  'agent-sessions.turn.cancelled': TurnCancelledEvent;
  /** See {@link TurnRequeuedEvent}. */
  'agent-sessions.turn.requeued': TurnRequeuedEvent;
  /** See {@link TurnInterruptedEvent}. */
  'agent-sessions.turn.interrupted': TurnInterruptedEvent;
  /** See {@link TurnResumedEvent}. */
  'agent-sessions.turn.resumed': TurnResumedEvent;
  /** See {@link DeliveryDeliveredEvent}. */
  'agent-sessions.delivery.delivered': DeliveryDeliveredEvent;
  /** See {@link DeliveryRetryingEvent}. */
  'agent-sessions.delivery.retrying': DeliveryRetryingEvent;
  /** See {@link DeliveryFailedEvent}. */
  'agent-sessions.delivery.failed': DeliveryFailedEvent;
}

/** The name of a lifecycle event. */
export type LifecycleEventName = keyof LifecycleEventMap;

/**
 * The names of the events, for `@OnEvent` of `@nestjs/event-emitter`.
 *
 * @example
 * ```ts
 * class Billing {
 *   @OnEvent(lifecycleEvents.turnCompleted)
 *   onTurn({ sessionId, totalTokens }: TurnCompletedEvent): void {
 *     console.log(sessionId, totalTokens);
 *   }
 * }
 * ```
 */
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
  turnInterrupted: 'agent-sessions.turn.interrupted',
  turnResumed: 'agent-sessions.turn.resumed',
  deliveryDelivered: 'agent-sessions.delivery.delivered',
  deliveryRetrying: 'agent-sessions.delivery.retrying',
  deliveryFailed: 'agent-sessions.delivery.failed',
} as const satisfies Record<string, LifecycleEventName>;
