import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Stores } from '../../../src/database/stores.js';
import { ValidationFailedException } from '../../../src/index.js';
import type { SessionListQuery } from '../../../src/sessions/session.store.js';
import { ASKED, newRun, newSession, RESULT, times } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const sessionLists = storeSuite('lists and metadata in the stores', (fixture, it) => {
  let modules = 0;
  const ownStores = () => fixture.stores({ module: `lists-${++modules}` });

  /** The ids of a list, read page by page; `meanwhile` runs after each. */
  async function idsOf(
    { sessions }: Stores,
    query: SessionListQuery & { limit?: number; owner?: string },
    meanwhile?: (shown: string[]) => Promise<unknown>,
  ): Promise<string[]> {
    const { owner, limit = 2, ...filters } = query;
    const ids: string[] = [];
    let { after } = filters;
    do {
      const page = await sessions.list({ owner }, { ...filters, limit, after });
      ids.push(...page.sessions.map(({ session_id }) => session_id));
      after = page.next;
      await meanwhile?.(ids);
    } while (after);
    return ids;
  }

  const entry = (key: string, value: string) => [{ key, value }];

  it('are ordered by creation or by the last update', async () => {
    const stores = ownStores();
    const [first, second, third, fourth] = [
      await newSession(stores),
      await newSession(stores),
      await newSession(stores),
      await newSession(stores),
    ];
    const run = await newRun(stores, second);
    await stores.sessions.update({}, first, () => ({ seen: true }));
    expect(await idsOf(stores, { order: 'updated' })).toEqual([first, second, fourth, third]);
    expect(await idsOf(stores, { order: 'updated', status: 'idle' })).toEqual([first, fourth, third]);
    await stores.turns.complete(run, RESULT);
    expect(await idsOf(stores, { order: 'updated', limit: 1 })).toEqual([second, first, fourth, third]);
    expect(await idsOf(stores, { order: 'created' })).toEqual([fourth, third, second, first]);
  });

  it('repeat no session and miss none that stays, while others are created, updated and removed', async () => {
    const stores = ownStores();
    const ids = await times(9, () => newSession(stores, { owner: 'ada' }));
    for (const order of ['created', 'updated'] as const) {
      // Half of them have the same instant.
      await fixture.dataSource.query(
        `UPDATE agent_session SET ${order}_at = 5 WHERE id IN (${ids
          .slice(0, 5)
          .map((id) => `'${id}'`)
          .join()})`,
      );
      const moved = ids[7] ?? '';
      const removed = await newSession(stores);
      const seen = await idsOf(stores, { order }, async (shown) => {
        await newSession(stores);
        if (shown.includes(moved)) await stores.sessions.update({}, moved, () => ({ moved: true }));
        await stores.sessions.remove({}, removed);
      });
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(ids));
    }
  });

  it('are filtered by status, owner and several entries of the metadata, also together', async () => {
    const stores = ownStores();
    const make = (owner: string | undefined, metadata: Record<string, unknown>) =>
      newSession(stores, { owner, metadata });
    const one = await make('ada', { customer: 'c-1', plan: 'gold', seats: 5, trial: false });
    const two = await make('ada', { customer: 'c-1', plan: 'free' });
    const three = await make('bob', { customer: 'c-1', plan: 'gold', nested: { customer: 'c-2' } });
    const four = await make(undefined, { customer: 'c-2', plan: null, 5: 'x' });
    await newRun(stores, two);
    for (const order of ['created', 'updated'] as const) {
      const found = async (query: SessionListQuery & { owner?: string }) =>
        (await idsOf(stores, { ...query, order })).sort();
      expect(await found({ metadata: entry('customer', 'c-1') })).toEqual([one, two, three].sort());
      expect(await found({ metadata: entry('customer', 'c-1'), owner: 'ada' })).toEqual([one, two].sort());
      expect(await found({ metadata: entry('customer', 'c-1'), status: 'running' })).toEqual([two]);
      expect(await found({ metadata: [...entry('customer', 'c-1'), ...entry('plan', 'gold')] })).toEqual(
        [one, three].sort(),
      );
      expect(await found({ metadata: entry('seats', '5') })).toEqual([one]);
      expect(await found({ metadata: entry('trial', 'false') })).toEqual([one]);
      expect(await found({ metadata: entry('customer', 'c-2') })).toEqual([four]);
      expect(await found({ metadata: entry('customer', 'c-2'), owner: 'bob' })).toEqual([]);
      expect(await found({ metadata: entry('plan', 'null') })).toEqual([]);
      expect(await found({ metadata: entry('customer', 'C-1') })).toEqual([]);
    }
  });

  it('find sessions by common metadata over several pages, each of which reads a limited number', async () => {
    const stores = ownStores();
    const rare = await newSession(stores, { metadata: { plan: 'free', kind: 'rare' } });
    const module = `lists-${modules}`;
    // More than a search reads at once, all of them newer.
    const isPostgres = fixture.dataSource.options.type === 'postgres';
    const series = isPostgres
      ? `generate_series(1, 1500) n`
      : `(WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1500) SELECT n FROM n) n`;
    const id = isPostgres
      ? `gen_random_uuid()`
      : `printf('00000000-0000-4000-8000-%012d', n.n + ${modules} * 10000)`;
    await fixture.dataSource.query(
      `INSERT INTO agent_session (id, module, status, message_count, turn_count, created_at, settled_at, updated_at)
       SELECT ${id}, '${module}', 'idle', 0, 0, 9e15 + 1, 9e15 + 1, 9e15 + 1 FROM ${series}`,
    );
    await fixture.dataSource.query(
      `INSERT INTO agent_session_metadata (session_id, key, value, module, created_at)
       SELECT id, 'plan', 'free', module, created_at FROM agent_session
       WHERE module = '${module}' AND created_at > 9e15`,
    );
    const metadata = [...entry('plan', 'free'), ...entry('kind', 'rare')];
    for (const order of ['created', 'updated'] as const) {
      const first = await stores.sessions.list({}, { limit: 10, order, metadata });
      expect([order, first.sessions]).toEqual([order, []]);
      expect([order, await idsOf(stores, { order, metadata })]).toEqual([order, [rare]]);
      const all = await idsOf(stores, { order, metadata: entry('plan', 'free'), limit: 1_000 });
      expect([order, new Set(all).size]).toEqual([order, 1_501]);
    }
  });

  it('have pages that much metadata makes shorter', async () => {
    const stores = ownStores();
    const metadata = { text: 'x'.repeat(1024 * 1024) };
    await times(6, () => newSession(stores, { metadata }));
    const first = await stores.sessions.list({}, { limit: 6 });
    expect(first.sessions).toHaveLength(3);
    expect(await idsOf(stores, { limit: 6 })).toHaveLength(6);
    const huge = await newSession(stores, { metadata: { text: 'x'.repeat(5 * 1024 * 1024) } });
    const second = await stores.sessions.list({}, { limit: 6 });
    expect(second.sessions.map(({ session_id }) => session_id)).toEqual([huge]);
    expect(second.next).toBeDefined();
  });

  it('show metadata as it was changed, each change on top of the others', async () => {
    const stores = ownStores();
    const id = await newSession(stores, { owner: 'ada', metadata: { customer: 'c-1', plan: 'free' } });
    await times(10, (index) =>
      stores.sessions.update({ owner: 'ada' }, id, (metadata) => ({ ...metadata, [`key-${index}`]: index })),
    );
    const changed = await stores.sessions.update({}, id, ({ plan: _plan, ...metadata } = {}) => ({
      ...metadata,
      customer: 'c-2',
    }));
    expect(Object.keys(changed?.metadata ?? {})).toHaveLength(11);
    expect(await stores.sessions.find({}, id)).toEqual(changed);
    expect(changed?.updated_at).not.toBe(changed?.created_at);
    expect(await idsOf(stores, { metadata: entry('customer', 'c-2'), owner: 'ada' })).toEqual([id]);
    for (const gone of [entry('customer', 'c-1'), entry('plan', 'free')]) {
      expect(await idsOf(stores, { metadata: gone })).toEqual([]);
    }
    expect(await stores.sessions.update({ owner: 'bob' }, id, () => undefined)).toBeUndefined();
    expect(await stores.sessions.update({}, randomUUID(), () => undefined)).toBeUndefined();
    const failing = stores.sessions.update({}, id, () => {
      throw new ValidationFailedException(['no']);
    });
    await expect(failing).rejects.toThrow(ValidationFailedException);
    expect(await stores.sessions.find({}, id)).toEqual(changed);
    const emptied = await stores.sessions.update({}, id, () => undefined);
    expect(emptied).not.toHaveProperty('metadata');
    expect(await idsOf(stores, { metadata: entry('customer', 'c-2') })).toEqual([]);
  });

  it('change metadata while a turn runs, which goes on', async () => {
    const stores = ownStores();
    const run = await newRun(stores);
    const changed = await stores.sessions.update({}, run.sessionId, () => ({ title: 'new' }));
    expect(changed).toMatchObject({ status: 'running', turn_id: run.turnId, metadata: { title: 'new' } });
    expect(await stores.turns.complete(run, RESULT)).toBe('completed');
    expect(await stores.sessions.find({}, run.sessionId)).toMatchObject({ metadata: { title: 'new' } });
  });

  it('find the last turn that a client has started by a message, of their own session only', async () => {
    const stores = ownStores();
    const [sessionId, other] = [await newSession(stores, { owner: 'ada' }), await newSession(stores)];
    const client = { messageId: 'm1', runId: 'r1' };
    const turnIds: string[] = [];
    for (const worker of [undefined, randomUUID()]) {
      const id = randomUUID();
      turnIds.push(id);
      await stores.turns.accept({}, sessionId, { id, message: ASKED, client, worker });
      await stores.turns.cancel({}, sessionId, id);
    }
    const asked = (messageId: string, session = sessionId, owner?: string) =>
      stores.turns.clientTurns({ owner }, session, { messageId });
    const [, last] = turnIds;
    expect(await asked('m1')).toEqual([{ turnId: last, status: 'cancelled', attempt: 1, ...client }]);
    expect(await asked('m1', sessionId, 'bob')).toEqual([]);
    expect(await asked('m2')).toEqual([]);
    expect(await asked('m1', other)).toEqual([]);
    const both = await stores.turns.clientTurns({}, sessionId, { turnIds });
    expect(both.map(({ turnId }) => turnId).sort()).toEqual(turnIds.sort());
    expect(await stores.turns.clientTurns({}, other, { turnIds })).toEqual([]);
    const unnamed = await newRun(stores, other);
    const [found] = await stores.turns.clientTurns({}, other, { turnIds: [unnamed.turnId] });
    expect(found).toEqual({ turnId: unnamed.turnId, status: 'running', attempt: 1 });
  });

  it('have single turns, of their own session only', async () => {
    const stores = ownStores();
    const run = await newRun(stores, await newSession(stores, { owner: 'ada' }));
    const { sessionId, turnId } = run;
    const page = await stores.turns.list({}, sessionId, { limit: 1 });
    expect(await stores.turns.find({ owner: 'ada' }, sessionId, turnId)).toEqual({ turn: page?.turns[0] });
    expect(await stores.turns.find({ owner: 'bob' }, sessionId, turnId)).toBeUndefined();
    expect(await stores.turns.find({}, sessionId, randomUUID())).toEqual({});
    expect(await stores.turns.find({}, await newSession(stores), turnId)).toEqual({});
  });
});
