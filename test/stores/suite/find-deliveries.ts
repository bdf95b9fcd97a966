import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { DueSelection } from '../../../src/webhooks/delivery.store.js';
import { until } from '../../support/until.js';
import { ALL, ATTEMPT, claimed, ended, listed, URL } from '../open-deliveries.js';
import { newSession } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const findDeliveries = storeSuite('deliveries of many in the stores', (fixture, it) => {
  it('exclude receivers and sessions at their limit, and payloads that do not fit', async () => {
    const stores = fixture.stores({ module: randomUUID() });
    const one = await ended(stores, { url: 'http://one.example/' });
    const two = await ended(stores, { url: 'http://two.example:8080/' });
    const found = async (selection: Partial<DueSelection>) =>
      (await stores.deliveries.due({ ...ALL, ...selection })).due.map(({ sessionId }) => sessionId);
    expect(await found({})).toEqual([one.sessionId, two.sessionId]);
    expect(await found({ exceptOrigins: ['http://one.example'] })).toEqual([two.sessionId]);
    expect(await found({ exceptSessions: [two.sessionId] })).toEqual([one.sessionId]);
    expect(await found({ maxBytes: 10 })).toEqual([]);
    expect(await found({ maxBytes: 10, small: 1_000 })).toHaveLength(2);
    expect(await found({ exceptLargeTo: ['http://two.example:8080'] })).toEqual([one.sessionId]);
    const first = await stores.deliveries.due({ ...ALL, limit: 1 });
    expect(await stores.deliveries.due({ ...ALL, after: first.next })).toMatchObject({
      due: [{ sessionId: two.sessionId, origin: 'http://two.example:8080', wait: 0 }],
    });
  });

  it('can be limited to those that became due recently', async () => {
    const stores = fixture.stores({ module: randomUUID() });
    const [old, recent] = [await ended(stores), await ended(stores)];
    await fixture.dataSource.query(
      `UPDATE agent_webhook_delivery SET next_attempt_at = next_attempt_at - 60000000 WHERE turn_id = '${old.turnId}'`,
    );
    const { due } = await stores.deliveries.due({ ...ALL, since: 30_000 });
    expect(due.map(({ sessionId }) => sessionId)).toEqual([recent.sessionId]);
    expect((await stores.deliveries.due({ ...ALL, since: 90_000 })).due).toHaveLength(2);
  });

  it('are found behind any number of deliveries to receivers at their limit, oldest first', async () => {
    const module = randomUUID();
    const stores = fixture.stores({ module });
    const copied = await ended(stores, { url: 'http://full.example/' });
    const isPostgres = fixture.dataSource.options.type === 'postgres';
    await fixture.dataSource.query(`
      INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, allow_private_addresses, status,
        next_attempt_at, claim, tries, attempts, session_status, total_duration, created_at)
      SELECT ${isPostgres ? 'gen_random_uuid()' : `lower(hex(randomblob(16)))`}, module, session_id, turn_id, url, origin,
        allow_private_addresses, status, next_attempt_at + n.i, claim, tries, attempts, session_status, total_duration,
        created_at
      FROM agent_webhook_delivery, (
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n
      ) n WHERE turn_id = '${copied.turnId}'`);
    const hosts = ['http://b.example', 'http://z.example', 'http://a.example'];
    const sessions: string[] = [];
    for (const host of [...hosts, ...hosts])
      sessions.push((await ended(stores, { url: `${host}/` })).sessionId);
    const found = async (selection: Partial<DueSelection>) =>
      (await stores.deliveries.due({ ...ALL, exceptOrigins: ['http://full.example'], ...selection })).due.map(
        ({ sessionId }) => sessionId,
      );
    expect(await found({})).toEqual(sessions);
    expect(await found({ limit: 2 })).toEqual(sessions.slice(0, 2));
    expect(await found({ since: 60_000 })).toEqual(sessions);
    expect(await found({ exceptSessions: sessions.slice(0, 1) })).toEqual(sessions.slice(1));
    expect(await found({ exceptOrigins: ['http://full.example', 'http://z.example'] })).toEqual(
      [0, 2, 3, 5].map((index) => sessions[index]),
    );
    expect(await found({ exceptOrigins: ['http://full.example', ...hosts] })).toEqual([]);
    expect(await found({ maxBytes: 1 })).toEqual([]);
    expect(await found({ maxBytes: 1, small: 1_000 })).toEqual(sessions);
    const future = { attempt: ATTEMPT, status: 'pending' as const, retryIn: 60_000 };
    const [turn] = (await stores.turns.list({}, sessions[0] ?? '', { limit: 1 }))?.turns ?? [];
    await stores.deliveries.record(await claimed(stores, turn?.turn_id ?? ''), future);
    expect(await found({})).toEqual(sessions.slice(1));
    expect(await found({ ahead: 61_000 })).toEqual([...sessions.slice(1), sessions[0]]);
    expect(await fixture.stores().deliveries.due({ ...ALL, exceptOrigins: ['http://full.example'] })).toEqual(
      {
        due: expect.not.arrayContaining([expect.objectContaining({ sessionId: sessions[1] })]),
      },
    );
  });

  it('are found before they are due, with the time until then', async () => {
    const stores = fixture.stores({ module: randomUUID() });
    const { turnId } = await ended(stores);
    const retry = { attempt: ATTEMPT, status: 'pending' as const, retryIn: 60_000 };
    await stores.deliveries.record(await claimed(stores, turnId), retry);
    expect((await stores.deliveries.due({ ...ALL, ahead: 30_000 })).due).toEqual([]);
    const { due } = await stores.deliveries.due({ ...ALL, ahead: 61_000 });
    expect(due[0]?.wait).toBeGreaterThan(50_000);
    expect(due[0]?.wait).toBeLessThanOrEqual(60_000);
  });

  it('are listed page by page, in the order of the turns, only for their owner', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores, { owner: 'ada' });
    const turns: string[] = [];
    for (let count = 0; count < 3; count++) turns.push((await ended(stores, { url: URL }, sessionId)).turnId);
    const page = async (range: { limit: number; after?: number }) => {
      const { deliveries = [], next } =
        (await stores.deliveries.list({ owner: 'ada' }, sessionId, range)) ?? {};
      return { turns: deliveries.map(({ turn_id }) => turn_id), next };
    };
    expect(await page({ limit: 2 })).toEqual({ turns: turns.slice(0, 2), next: 2 });
    expect(await page({ limit: 2, after: 2 })).toEqual({ turns: turns.slice(2), next: undefined });
    expect(await page({ limit: 3 })).toEqual({ turns, next: undefined });
    const [{ delivery_id: id } = { delivery_id: '' }] = await listed(stores, sessionId);
    const again = { id, allowPrivateAddresses: true };
    for (const [other, scope] of [
      [stores, { owner: 'bob' }],
      [fixture.stores({ module: 'other' }), {}],
      [fixture.stores({ sessionTtl: 1 }), {}],
    ] as const) {
      await until(async () => !(await other.deliveries.list(scope, sessionId, { limit: 10 })), {
        what: 'the session not to be there',
      });
      expect(await other.deliveries.redeliver(scope, sessionId, again)).toEqual({
        outcome: 'session_not_found',
      });
    }
    const elsewhere = await newSession(stores);
    expect(await stores.deliveries.redeliver({}, elsewhere, again)).toEqual({
      outcome: 'delivery_not_found',
    });
    expect(await stores.deliveries.list({}, elsewhere, { limit: 10 })).toEqual({ deliveries: [] });
    expect((await listed(stores, sessionId))[0]?.attempts).toEqual([]);
  });
});
