import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Stores } from '../../src/database/stores.js';
import type { DeliveryAttempt } from '../../src/webhooks/delivery.js';
import type { ClaimedDelivery } from '../../src/webhooks/delivery.store.js';
import { toWebhook } from '../../src/webhooks/webhook.js';
import { backends } from '../support/stacks.js';
import { until } from '../support/until.js';
import { ASKED, claim, newSession, RESULT, useStores } from './open-stores.js';

const URL = 'https://user:password@receiver.example/hook?key=secret#part';
const ATTEMPT: DeliveryAttempt = {
  at: '2026-01-01T00:00:00.000Z',
  status_code: 500,
  error: 'The receiver answered 500',
  duration_ms: 5,
};

const TRACEPARENT = `00-${'f'.repeat(32)}-b7ad6b7169203331-01`;

/** A turn with a webhook that has ended. */
async function ended(stores: Stores, url = URL): Promise<{ sessionId: string; turnId: string }> {
  const sessionId = await newSession(stores, { owner: 'ada' });
  const turnId = randomUUID();
  const webhook = toWebhook({ url, token: 'token' }, false);
  await stores.turns.accept({}, sessionId, { id: turnId, message: ASKED, webhook, traceparent: TRACEPARENT });
  await stores.turns.complete(await claim(stores, turnId), RESULT, 7);
  return { sessionId, turnId };
}

async function claimed(stores: Stores, turnId: string, time = 60_000): Promise<ClaimedDelivery> {
  const [due] = await stores.deliveries.dueOf(turnId);
  const delivery = due && (await stores.deliveries.claim(due.id, time));
  if (!delivery) throw new Error('Nothing is due');
  return delivery;
}

describe.each(backends)('deliveries in the stores on $name', (backend) => {
  const fixture = useStores(backend);

  it('are claimed by one of many at a time, with all that there is to send', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores);
    const [due] = await stores.deliveries.dueOf(turnId);
    expect(due?.origin).toBe('https://receiver.example');
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => fixture.stores().deliveries.claim(due?.id ?? '', 60_000)),
    );
    expect(claims.filter(Boolean)).toEqual([
      expect.objectContaining({
        sessionId,
        turnId,
        owner: 'ada',
        traceparent: TRACEPARENT,
        url: URL,
        token: 'token',
        allowPrivateAddresses: false,
        tries: 1,
        attempts: [],
        payload: {
          session_id: sessionId,
          status: 'idle',
          response: RESULT.response,
          error: null,
          messages: null,
          trace_metrics: {
            trace_id: 'f'.repeat(32),
            total_duration: expect.any(Number),
            total_tokens: 7,
            has_error: false,
          },
        },
      }),
    ]);
    expect(await stores.deliveries.dueOf(turnId)).toEqual([]);
    expect(await fixture.stores({ module: 'other' }).deliveries.due(10, [])).toEqual([]);
  });

  it('come back when whoever claimed them is not heard of again, and then are nobody else’s', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores);
    const forgotten = await claimed(stores, turnId, 1);
    const again = await until(() => claimed(stores, turnId).catch(() => undefined), {
      what: 'the claim to end',
    });
    expect(again.tries).toBe(2);
    const late = await stores.deliveries.record(forgotten, { attempt: ATTEMPT, status: 'failed' });
    expect(late).toBe(false);
    expect(await stores.deliveries.list(sessionId)).toMatchObject([{ status: 'pending', attempts: [] }]);
    const retry = { attempt: ATTEMPT, status: 'pending' as const, retryIn: 60_000 };
    expect(await stores.deliveries.record(again, retry)).toBe(true);
    expect(await stores.deliveries.list(sessionId)).toMatchObject([
      { status: 'pending', attempts: [ATTEMPT], url: 'https://receiver.example/hook' },
    ]);
    expect(await stores.deliveries.dueOf(turnId)).toEqual([]);
  });

  it('are due again at once when they are given back, without a try lost', async () => {
    const stores = fixture.stores();
    const { turnId } = await ended(stores);
    await stores.deliveries.release(await claimed(stores, turnId));
    expect((await claimed(stores, turnId)).tries).toBe(1);
  });

  it('leave out receivers that have enough', async () => {
    const stores = fixture.stores({ module: randomUUID() });
    await ended(stores, 'http://one.example/');
    await ended(stores, 'http://two.example:8080/');
    const due = await stores.deliveries.due(10, ['http://one.example']);
    expect(due.map(({ origin }) => origin)).toEqual(['http://two.example:8080']);
    expect(await stores.deliveries.due(1, [])).toHaveLength(1);
  });

  it('outlive a session that expires while they are pending, and no longer', async () => {
    const module = randomUUID();
    const stores = fixture.stores({ module });
    const expiring = fixture.stores({ module, sessionTtl: 1 });
    const { sessionId, turnId } = await ended(stores);
    const finished = await ended(stores);
    await stores.deliveries.record(await claimed(stores, finished.turnId), {
      attempt: ATTEMPT,
      status: 'delivered',
    });
    let removed = 0;
    await until(async () => (removed += (await expiring.sessions.removeExpired(10)).length) === 2, {
      what: 'both to expire',
    });
    const left = async () =>
      (
        await fixture.dataSource.query<{ session_id: string }[]>(
          `SELECT session_id FROM agent_webhook_delivery
           WHERE session_id IN ('${sessionId}', '${finished.sessionId}')`,
        )
      ).map(({ session_id }) => session_id);
    expect(await left()).toEqual([sessionId]);
    const orphan = await claimed(stores, turnId);
    expect(orphan).toMatchObject({ owner: undefined, traceparent: undefined });
    expect(await stores.deliveries.record(orphan, { attempt: ATTEMPT, status: 'delivered' })).toBe(true);
    expect(await left()).toEqual([]);
  });
});
