import type { FactType } from '../facts/fact.js';
import { type LifecycleEventName, lifecycleEvents } from './lifecycle-events.js';

/** The lifecycle event that each kind of fact becomes; undefined for one that stays inside the package. */
export const EVENT_OF_FACT = {
  'session.created': lifecycleEvents.sessionCreated,
  'session.deleted': lifecycleEvents.sessionDeleted,
  'session.expired': lifecycleEvents.sessionExpired,
  'turn.queued': lifecycleEvents.turnAccepted,
  'turn.started': lifecycleEvents.turnStarted,
  'turn.completed': lifecycleEvents.turnCompleted,
  'turn.failed': lifecycleEvents.turnFailed,
  'turn.cancelled': lifecycleEvents.turnCancelled,
  'turn.requeued': lifecycleEvents.turnRequeued,
  'turn.interrupted': lifecycleEvents.turnInterrupted,
  'turn.resumed': lifecycleEvents.turnResumed,
  'delivery.delivered': lifecycleEvents.deliveryDelivered,
  'delivery.retrying': lifecycleEvents.deliveryRetrying,
  'delivery.failed': lifecycleEvents.deliveryFailed,
} as const satisfies Record<FactType, LifecycleEventName | undefined>;
