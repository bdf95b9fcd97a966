import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { TurnRun } from '../../../src/turns/turn-run.js';
import { toWebhook } from '../../../src/webhooks/webhook.js';
import { until } from '../../support/until.js';
import { ALL, ATTEMPT, claimed, DIED, ended, LIMITS, listed, TRACEPARENT, URL } from '../open-deliveries.js';
import { ASKED, claim, newRun, newSession, RESULT } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const deliveries = storeSuite('deliveries in the stores', (fixture, it) => {
  it('are inserted by every end of a turn with a webhook, and by no other', async () => {
    const stores = fixture.stores({ module: randomUUID(), lease: -1_000, maxAttempts: 1 });
    const webhook = toWebhook({ url: URL }, false);
    const ends = {
      completed: (run: TurnRun) => stores.turns.complete(run, RESULT),
      failed: (run: TurnRun) => stores.turns.fail(run, 'no', 'agent_error'),
      cancelled: ({ sessionId }: TurnRun) => stores.turns.cancel({}, sessionId),
      lost: () => stores.turns.reclaim([], 10, () => 'lost'),
    };
    const left: Record<string, unknown> = {};
    for (const [end, write] of Object.entries(ends)) {
      const sessionId = await newSession(stores);
      const id = randomUUID();
      await stores.turns.accept({}, sessionId, { id, message: ASKED, webhook });
      await write(await claim(stores, id));
      await write(await newRun(stores));
      left[end] = (await stores.deliveries.list({}, sessionId, { limit: 10 }))?.deliveries;
    }
    const pending = [expect.objectContaining({ status: 'pending', attempts: [] })];
    expect(left).toEqual({ completed: pending, failed: pending, cancelled: pending, lost: pending });
    expect((await stores.deliveries.due(ALL)).due).toHaveLength(4);
  });

  it('are claimed by one of many concurrent claims, with all data of the payload', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores);
    const [due] = await stores.deliveries.dueOf(turnId);
    expect(due?.origin).toBe('https://receiver.example');
    const claims = await Promise.all(
      Array.from({ length: 10 }, () => fixture.stores().deliveries.claim(due?.id ?? '', LIMITS)),
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
        exhausted: false,
        content: {
          status: 'idle',
          response: JSON.stringify(RESULT.response),
          error: null,
          traceMetrics: {
            trace_id: 'f'.repeat(32),
            total_duration: expect.any(Number),
            total_tokens: 7,
            has_error: false,
          },
        },
      }),
    ]);
    expect(await stores.deliveries.dueOf(turnId)).toEqual([]);
    expect(await fixture.stores({ module: 'other' }).deliveries.due(ALL)).toEqual({ due: [] });
  });

  it('are due again after their process dies, after the pause of a failed attempt', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores);
    const forgotten = await claimed(stores, turnId, { time: 1, retryDelays: [50, 50] });
    expect(await listed(stores, sessionId)).toMatchObject([{ status: 'pending', attempts: [] }]);
    const [{ next_attempt_at: next } = { next_attempt_at: null }] = await listed(stores, sessionId);
    const [at] = JSON.parse(`[${forgotten.note}]`) as [{ at: string }];
    expect(Date.parse(next ?? '')).toBeGreaterThanOrEqual(Date.parse(at.at) + 40);
    const again = await until(() => claimed(stores, turnId).catch(() => undefined), {
      what: 'the claim to end',
    });
    expect(again).toMatchObject({ tries: 2, attempts: [DIED] });
    const retry = { attempt: ATTEMPT, status: 'pending' as const, retryIn: 60_000 };
    expect(await stores.deliveries.record(again, retry)).toBe(true);
    expect(await listed(stores, sessionId)).toMatchObject([
      { status: 'pending', attempts: [DIED, ATTEMPT], url: 'https://receiver.example/hook' },
    ]);
    expect(await stores.deliveries.dueOf(turnId)).toEqual([]);
  });

  it('are claimed once more only to be given up if each attempt has killed its process', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores);
    const limits = { time: 1, retryDelays: [1, 1] };
    const next = () => claimed(stores, turnId, limits).catch(() => undefined);
    for (const tries of [1, 2, 3]) {
      expect(await until(next, { what: `claim ${tries}` })).toMatchObject({ tries, exhausted: false });
    }
    const last = await until(next, { what: 'the last claim' });
    expect(last).toMatchObject({ tries: 3, exhausted: true });
    expect(await stores.deliveries.record(last, { status: 'failed' })).toBe(true);
    expect(await listed(stores, sessionId)).toMatchObject([
      { status: 'failed', next_attempt_at: null, attempts: [DIED, DIED, DIED] },
    ]);
  });

  it('keep a late attempt, whose claim was lost to a redelivery, beside later attempts', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores);
    const slow = await claimed(stores, turnId);
    const { id } = slow;
    const again = await stores.deliveries.redeliver({}, sessionId, { id, allowPrivateAddresses: true });
    expect(again).toEqual({ outcome: 'due', turnId });
    expect(await stores.deliveries.record(slow, { attempt: ATTEMPT, status: 'delivered' })).toBe(false);
    expect(await listed(stores, sessionId)).toMatchObject([{ status: 'pending', attempts: [ATTEMPT] }]);
    expect(await claimed(stores, turnId)).toMatchObject({ tries: 1, allowPrivateAddresses: true });
  });

  it('are found and claimed although one row cannot be read', async () => {
    const stores = fixture.stores({ module: randomUUID() });
    const broken = await ended(stores);
    const whole = await ended(stores);
    await fixture.dataSource.query(
      `UPDATE agent_webhook_delivery SET attempts = 'no json', url = 'no url' WHERE turn_id = '${broken.turnId}'`,
    );
    expect((await stores.deliveries.due(ALL)).due).toHaveLength(2);
    expect(await claimed(stores, broken.turnId)).toMatchObject({ attempts: [], tries: 1, exhausted: false });
    expect(await claimed(stores, whole.turnId)).toMatchObject({ tries: 1 });
    expect(await listed(stores, broken.sessionId)).toMatchObject([{ url: '', attempts: [] }]);
  });

  it('are due again at once when they are released, without a lost attempt', async () => {
    const stores = fixture.stores();
    const { turnId } = await ended(stores);
    await stores.deliveries.release(await claimed(stores, turnId));
    expect((await claimed(stores, turnId)).tries).toBe(1);
  });

  it('outlive a session that expires while they are pending, and are then removed', async () => {
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
