import { randomUUID } from 'node:crypto';

import type { Stores } from '../../src/database/stores.js';
import type { Delivery, DeliveryAttempt } from '../../src/webhooks/delivery.js';
import type { ClaimedDelivery, DueSelection } from '../../src/webhooks/delivery.store.js';
import { toWebhook, type WebhookRequest } from '../../src/webhooks/webhook.js';
import { ASKED, claim, newSession, RESULT } from './open-stores.js';

export const URL = 'https://user:password@receiver.example/hook?key=secret#part';
export const ATTEMPT: DeliveryAttempt = {
  at: '2026-01-01T00:00:00.000Z',
  status_code: 500,
  error: 'The receiver answered 500',
  duration_ms: 5,
};

export const TRACEPARENT = `00-${'f'.repeat(32)}-b7ad6b7169203331-01`;

export const DIED = {
  status_code: null,
  error: 'The process that made this attempt died or lost the database',
  duration_ms: 0,
};

/** A turn with a webhook that has ended. */
export async function ended(
  stores: Stores,
  webhook: WebhookRequest = { url: URL, token: 'token' },
  session?: string,
): Promise<{ sessionId: string; turnId: string }> {
  const sessionId = session ?? (await newSession(stores, { owner: 'ada' }));
  const turnId = randomUUID();
  await stores.turns.accept({}, sessionId, {
    id: turnId,
    message: ASKED,
    webhook: toWebhook(webhook, false),
    traceparent: TRACEPARENT,
  });
  await stores.turns.complete(await claim(stores, turnId), RESULT, 7);
  return { sessionId, turnId };
}

/** The search of an idle process. */
export const ALL: DueSelection = {
  limit: 10,
  ahead: 0,
  exceptOrigins: [],
  exceptSessions: [],
  small: 0,
  maxBytes: Number.MAX_SAFE_INTEGER,
  exceptLargeTo: [],
};

/** Pauses of a day in total, with a first one too short to wait for. */
export const LIMITS = { time: 60_000, retryDelays: [1, 1] };

export async function claimed(stores: Stores, turnId: string, limits = LIMITS): Promise<ClaimedDelivery> {
  const [due] = await stores.deliveries.dueOf(turnId);
  const delivery = due && (await stores.deliveries.claim(due.id, limits));
  if (!delivery) throw new Error('Nothing is due');
  return delivery;
}

export async function listed(stores: Stores, sessionId: string): Promise<Delivery[]> {
  return (await stores.deliveries.list({}, sessionId, { limit: 100 }))?.deliveries ?? [];
}
