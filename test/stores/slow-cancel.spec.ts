import { describe, expect, it } from '@jest/globals';

import { postgresBull } from '../support/stacks.js';
import { until } from '../support/until.js';
import { ANSWERED, historyOf, newRun, newSession, RESULT, turnsOf, useStores } from './open-stores.js';

const REPLACED = { response: ANSWERED, messages: [ANSWERED], replacesHistory: true };

describe('a cancel in a transaction that commits late, on PostgreSQL', () => {
  const fixture = useStores(postgresBull);

  it.each([
    ['adds to the history', RESULT],
    ['replaces the history', REPLACED],
  ])('wins over an end that came meanwhile and %s', async (_kind, result) => {
    const stores = fixture.stores();
    const run = await newRun(stores, await newSession(stores, { state: [ANSWERED, ANSWERED] }));
    const runner = fixture.dataSource.createQueryRunner();
    await runner.startTransaction();
    const cancelled = await stores.turns.cancel({}, run.sessionId, undefined, runner.manager);
    expect(cancelled).toMatchObject({ outcome: 'cancelled' });
    const completing = stores.turns.complete(run, result);
    const waiting = `SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await until(async () => (await fixture.dataSource.query<unknown[]>(waiting)).length > 0, {
      what: 'the end to wait for the cancel',
    });
    await runner.commitTransaction();
    await runner.release();
    expect(await completing).toBe('lost');
    expect(await historyOf(stores, run.sessionId)).toEqual([ANSWERED, ANSWERED]);
    const [first] = await turnsOf(stores, run.sessionId);
    expect(first).toMatchObject({ status: 'cancelled', response: null });
  });
});
