import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Stores } from '../../../src/database/stores.js';
import { until } from '../../support/until.js';
import { newSession, times } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const sessionCount = storeSuite('the sessions that maxSessions counts', (fixture, it) => {
  let modules = 0;
  /** A module name that only this test uses. */
  const ownModule = () => `counted-${++modules}`;

  const outcome = async ({ sessions }: Stores) =>
    (await sessions.create({ id: randomUUID(), state: [] })).outcome;

  /** Makes the module's count as old as it must be for a correction. */
  const age = (module: string) =>
    fixture.dataSource.query(
      `UPDATE agent_session_count SET counted_at = counted_at - 61000000 WHERE module = '${module}'`,
    );

  it('never exceed the limit, over all processes', async () => {
    const settings = { module: ownModule(), maxSessions: 7 };
    const processes = [fixture.stores(settings), fixture.stores(settings)];
    const outcomes = await times(30, (index) => outcome(processes[index % 2] ?? fixture.stores(settings)));
    const count = (wanted: string) => outcomes.filter((one) => one === wanted).length;
    expect([count('created'), count('limit_reached')]).toEqual([7, 23]);
    expect(await processes[0]?.sessions.count()).toBe(7);
  });

  it('include those that another process, which has no limit, creates and removes while the count begins', async () => {
    const module = ownModule();
    const unlimited = fixture.stores({ module });
    const first = await times(20, () => newSession(unlimited));
    const limited = fixture.stores({ module, maxSessions: 31 });
    await Promise.all([
      times(30, () => newSession(unlimited)),
      limited.sessions.recount(),
      ...first.map((id) => unlimited.sessions.remove({}, id)),
    ]);
    expect(await outcome(limited)).toBe('created');
    expect(await outcome(limited)).toBe('limit_reached');
    await unlimited.sessions.create({ id: randomUUID(), state: [] });
    const [removed] = (await unlimited.sessions.list({}, { limit: 1 })).sessions;
    await unlimited.sessions.remove({}, removed?.session_id ?? '');
    expect(await outcome(limited)).toBe('limit_reached');
    await unlimited.sessions.remove(
      {},
      (await unlimited.sessions.list({}, { limit: 1 })).sessions[0]?.session_id ?? '',
    );
    expect(await outcome(limited)).toBe('created');
  });

  it('do not include expired ones, removed or not', async () => {
    const module = ownModule();
    const lasting = fixture.stores({ module, maxSessions: 3 });
    const expiring = fixture.stores({ module, maxSessions: 3, sessionTtl: 1 });
    await times(3, () => newSession(lasting));
    expect(await outcome(lasting)).toBe('limit_reached');
    await until(async () => (await expiring.sessions.count()) === 0, { what: 'all to expire' });
    expect(await outcome(expiring)).toBe('created');
    expect(await outcome(lasting)).toBe('limit_reached');
    const removeAll = async () => {
      await expiring.sessions.removeExpired(2);
      return (await lasting.sessions.count()) === 0;
    };
    await until(removeAll, { what: 'their removal' });
    expect(await times(4, () => outcome(lasting))).toEqual(
      expect.arrayContaining(['created', 'created', 'created', 'limit_reached']),
    );
  });

  it('do not include those whose transaction was rolled back', async () => {
    const stores = fixture.stores({ module: ownModule(), maxSessions: 1 });
    const rolledBack = fixture.dataSource.transaction(async (manager) => {
      const created = await stores.sessions.create({ id: randomUUID(), state: [] }, manager);
      expect(created).toMatchObject({ outcome: 'created' });
      const second = await stores.sessions.create({ id: randomUUID(), state: [] }, manager);
      expect(second).toEqual({ outcome: 'limit_reached' });
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    expect([await outcome(stores), await outcome(stores)]).toEqual(['created', 'limit_reached']);
  });

  it('are counted again after a minute if the limit seems to be reached', async () => {
    const module = ownModule();
    const stores = fixture.stores({ module, maxSessions: 2 });
    await times(2, () => newSession(stores));
    await fixture.dataSource.query(`DELETE FROM agent_session WHERE module = '${module}'`);
    expect(await outcome(stores)).toBe('limit_reached');
    await age(module);
    expect([await outcome(stores), await outcome(stores), await outcome(stores)]).toEqual([
      'created',
      'created',
      'limit_reached',
    ]);
  });

  it('are corrected by one of several processes after rows were added by SQL', async () => {
    const module = ownModule();
    const settings = { module, maxSessions: 4 };
    const [one, other] = [fixture.stores(settings), fixture.stores(settings)];
    await newSession(one);
    await fixture.dataSource.query(
      `INSERT INTO agent_session (id, module, status, message_count, turn_count, created_at, settled_at)
       VALUES ('${randomUUID()}', '${module}', 'idle', 0, 0, 0, 0), ('${randomUUID()}', '${module}', 'idle', 0, 0, 0, 0)`,
    );
    expect(await one.sessions.recount()).toBe(false);
    await age(module);
    const corrected = await Promise.all([one.sessions.recount(), other.sessions.recount()]);
    expect(corrected).toContain(true);
    expect([await outcome(one), await outcome(other)]).toEqual(['created', 'limit_reached']);
  });
});
