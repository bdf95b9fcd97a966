import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { backends, postgresBull } from '../support/stacks.js';
import { until } from '../support/until.js';
import {
  ANSWERED,
  ASKED,
  historyOf,
  newRun,
  newSession,
  newTurn,
  RESULT,
  stateOf,
  useStores,
  turnsOf,
  WEBHOOK,
} from './open-stores.js';

const REPLACED = { response: ANSWERED, messages: [ANSWERED], replacesHistory: true };

describe.each(backends)('a cancel in the stores on $name', (backend) => {
  const fixture = useStores(backend);

  it('ends a queued turn and a running one', async () => {
    const stores = fixture.stores();
    const queued = await newTurn(stores);
    const running = await newRun(stores);
    for (const { sessionId, turnId } of [queued, running]) {
      expect(await stores.turns.cancel({}, sessionId, turnId)).toEqual({ outcome: 'cancelled', turnId });
      expect(await stateOf(stores, sessionId)).toMatchObject({
        session: { status: 'error', error: 'Turn cancelled', response: null },
        turns: [{ status: 'cancelled', error: 'Turn cancelled', ended_at: expect.any(String) }],
      });
      expect(await stores.turns.claim(turnId, randomUUID())).toBeUndefined();
      expect(await stores.turns.cancel({}, sessionId)).toEqual({ outcome: 'nothing_running' });
    }
  });

  it('says whether the turn has a webhook', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await newTurn(stores, undefined, WEBHOOK);
    expect(await stores.turns.cancel({}, sessionId)).toEqual({
      outcome: 'cancelled',
      turnId,
      hasWebhook: true,
    });
  });

  it('of another turn or session changes nothing', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await newTurn(stores, await newSession(stores, { owner: 'ada' }));
    const before = await stateOf(stores, sessionId);
    const mismatch = { outcome: 'turn_mismatch', turnId };
    expect(await stores.turns.cancel({}, sessionId, randomUUID())).toEqual(mismatch);
    expect(await stores.turns.cancel({}, randomUUID())).toEqual({ outcome: 'session_not_found' });
    expect(await stores.turns.cancel({ owner: 'bob' }, sessionId)).toEqual({ outcome: 'session_not_found' });
    expect(await stateOf(stores, sessionId)).toEqual(before);
    expect(await stores.turns.cancel({ owner: 'ada' }, sessionId)).toEqual({
      outcome: 'cancelled',
      turnId,
      owner: 'ada',
    });
  });

  it.each([
    ['that adds to the history', RESULT, [ANSWERED, ASKED, ANSWERED]],
    ['that replaces the history', REPLACED, [ANSWERED]],
  ])('and an end %s have one winner when they race', async (_kind, result, recorded) => {
    const stores = fixture.stores();
    for (let round = 0; round < 20; round++) {
      const run = await newRun(stores, await newSession(stores, { state: [ANSWERED] }));
      const completing = async () => (await stores.turns.complete(run, result)) === 'completed';
      const cancelling = () => stores.turns.cancel({}, run.sessionId);
      const [completed, cancelled] =
        round % 2 === 0
          ? await Promise.all([completing(), cancelling()])
          : (await Promise.all([cancelling(), completing()])).reverse();
      expect(cancelled).toEqual(
        completed ? { outcome: 'nothing_running' } : { outcome: 'cancelled', turnId: run.turnId },
      );
      expect(await stateOf(stores, run.sessionId)).toMatchObject(
        completed
          ? { session: { status: 'idle' }, turns: [{ status: 'completed' }] }
          : { session: { status: 'error' }, turns: [{ status: 'cancelled' }] },
      );
      expect(await historyOf(stores, run.sessionId)).toEqual(completed ? recorded : [ANSWERED]);
    }
  });
});

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
