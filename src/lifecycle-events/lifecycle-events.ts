import type {
  AboutDelivery,
  AboutSession,
  AboutTurn,
  DeliveryFailed,
  DeliveryRetrying,
  TurnCompleted,
  TurnFailed,
  TurnRequeued,
  TurnStarted,
} from '../facts/fact.js';

export type { TurnFailureReason } from '../facts/turn-end.js';

/** Fields of every event. No event contains messages, metadata or secrets. */
interface OfModule {
  /** The `name` of the module. */
  module: string;
}

export interface SessionCreatedEvent extends OfModule, AboutSession {}
export interface SessionDeletedEvent extends OfModule, AboutSession {}
/** The rows of an expired session have been removed. */
export interface SessionExpiredEvent extends OfModule, AboutSession {}

/** A message is stored and will be answered. */
export interface TurnAcceptedEvent extends OfModule, AboutTurn {}

/** A run of a turn has begun. */
export interface TurnStartedEvent extends OfModule, TurnStarted {}

export interface TurnCompletedEvent extends OfModule, TurnCompleted {}

export interface TurnFailedEvent extends OfModule, TurnFailed {}

/** A client or the host has cancelled a turn, in any process. */
export interface TurnCancelledEvent extends OfModule, AboutTurn {}

/** A run has stopped before its turn ended; the turn will run again. */
export interface TurnRequeuedEvent extends OfModule, TurnRequeued {}

export interface DeliveryDeliveredEvent extends OfModule, AboutDelivery {}

export interface DeliveryRetryingEvent extends OfModule, DeliveryRetrying {}

/** All attempts of a delivery have failed, or the receiver answered 410. */
export interface DeliveryFailedEvent extends OfModule, DeliveryFailed {}

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
