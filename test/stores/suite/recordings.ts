import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { NewStep } from '../../../src/agents/recording/recording.js';
import { INSTANT, UUID } from '../../support/instants.js';
import { INTERRUPT_WEBHOOK, question, suspended } from '../open-recordings.js';
import { ASKED, claim, newRun, newTurn, RESULT, stateOf, WEBHOOK } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

const CHARGED: NewStep = { name: 'charge', occurrence: 1, state: 'completed', result: '{"amount":17}' };
const ERROR = { name: 'RangeError', message: 'out of stock', code: 'E_STOCK', frames: [] };

export const recordings = storeSuite('the recording of a turn in the stores', (fixture, it) => {
  it('is empty at first, and gives back what each run recorded', async () => {
    const stores = fixture.stores();
    const { recordings: store } = stores;
    const run = await newRun(stores);
    expect(await store.read(run.turnId)).toEqual({ steps: [], interrupts: [] });
    const steps: NewStep[] = [
      CHARGED,
      { ...CHARGED, occurrence: 2, result: null },
      { name: 'charge 2', occurrence: 1, state: 'started' },
      { name: 'ship', occurrence: 1, state: 'failed', error: ERROR },
    ];
    for (const step of steps) expect(await store.recordStep(run, step)).toBe(true);
    await stores.turns.requeue(run);
    const next = await claim(stores, run.turnId);
    const later: NewStep = { ...CHARGED, name: 'later', result: '"\\u0000"' };
    expect(await store.recordStep(next, later)).toBe(true);

    const recording = await store.read(run.turnId);
    expect(recording.interrupts).toEqual([]);
    expect(recording.steps).toHaveLength(5);
    expect(recording.steps).toEqual(
      expect.arrayContaining([...steps.map((step) => ({ ...step, attempt: 1 })), { ...later, attempt: 2 }]),
    );
    expect((await store.read((await newRun(stores)).turnId)).steps).toEqual([]);
  });

  it('has one record of a step: its outcome replaces its start, with the run that recorded it', async () => {
    const { recordings: store, turns } = fixture.stores();
    const run = await newRun(fixture.stores());
    const { name, occurrence } = CHARGED;
    await store.recordStep(run, { name, occurrence, state: 'started' });
    await turns.requeue(run);
    const next = await claim(fixture.stores(), run.turnId);
    await store.recordStep(next, CHARGED);
    expect((await store.read(run.turnId)).steps).toEqual([{ ...CHARGED, attempt: 2 }]);
  });

  it('keeps the version under which it began', async () => {
    const stores = fixture.stores({ agentVersion: 'one' });
    const stepped = await newRun(stores);
    await stores.recordings.recordStep(stepped, CHARGED);
    const { turnId } = await suspended(stores);
    const later = fixture.stores({ agentVersion: 'two' });
    await later.recordings.recordStep(stepped, { ...CHARGED, occurrence: 2 });
    for (const id of [stepped.turnId, turnId]) {
      expect((await later.recordings.read(id)).version).toBe('one');
    }
  });

  it('ignores the steps of a run that is no longer current', async () => {
    const stores = fixture.stores();
    const { recordings: store, turns, sessions } = stores;
    const old = await newRun(stores);
    await turns.requeue(old);
    expect(await store.recordStep(old, CHARGED)).toBe(false);
    const current = await claim(stores, old.turnId);
    for (const stale of [old, { ...current, attempt: 3 }]) {
      expect(await store.recordStep(stale, CHARGED)).toBe(false);
    }
    expect((await store.read(old.turnId)).steps).toEqual([]);
    await turns.complete(current, RESULT);
    const cancelled = await newRun(stores);
    await turns.cancel({}, cancelled.sessionId);
    const deleted = await newRun(stores);
    await sessions.remove({}, deleted.sessionId);
    const waiting = await suspended(stores);
    for (const ended of [current, cancelled, deleted, waiting.run]) {
      expect(await store.recordStep(ended, CHARGED)).toBe(false);
      expect((await store.read(ended.turnId)).steps).toEqual([]);
    }
  });

  it('and a cancel have one winner when they race', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 20; round++) {
      const run = await newRun(stores);
      const recording = stores.recordings.recordStep(run, CHARGED);
      const [isRecorded] = await Promise.all([recording, stores.turns.cancel({}, run.sessionId)]);
      expect((await stores.recordings.read(run.turnId)).steps).toHaveLength(isRecorded ? 1 : 0);
    }
  });

  it('makes a turn wait as a whole: turn, session and questions, in their order', async () => {
    const stores = fixture.stores({ interruptTtl: 3_600_000 });
    const run = await newRun(stores);
    const asked = [
      question('b', { schema: { type: 'string' }, expiresIn: 60_000 }),
      question('a', { expiryValue: '1' }),
    ];
    expect(await stores.recordings.suspend(run, asked, 5)).toBe(true);
    const { session, turns } = await stateOf(stores, run.sessionId);
    expect(session).toMatchObject({ status: 'interrupted', response: null, error: null });
    expect(session?.interrupts).toEqual(
      asked.map(({ payload }) => ({ interrupt_id: UUID, type: 'ask', payload, expires_at: INSTANT })),
    );
    const [inAMinute, inAnHour] =
      session?.interrupts?.map(({ expires_at = '' }) => Date.parse(expires_at)) ?? [];
    expect((inAnHour ?? 0) - (inAMinute ?? 0)).toBeCloseTo(3_540_000, -1);
    expect(turns).toMatchObject([{ status: 'interrupted', ended_at: null, usage: { total_tokens: 5 } }]);
    expect((await stores.recordings.read(run.turnId)).interrupts).toEqual(
      expect.arrayContaining(asked.map(({ key, payload }) => ({ key, payload }))),
    );
    expect(await stores.turns.claim(run.turnId, randomUUID())).toBeUndefined();
    expect(await stores.turns.renew([run])).toEqual({ held: [], lost: [run.turnId] });
    expect(await stores.turns.queued(1_000, -1_000)).not.toContain(run.turnId);
    const message = { id: randomUUID(), message: ASKED };
    expect(await stores.turns.accept({}, run.sessionId, message)).toEqual({
      outcome: 'busy',
      turnId: run.turnId,
      interrupts: session?.interrupts,
    });
  });

  it('does not let a run ask that is no longer current', async () => {
    const stores = fixture.stores();
    const old = await newRun(stores);
    await stores.turns.requeue(old);
    const current = await claim(stores, old.turnId);
    const before = await stateOf(stores, old.sessionId);
    for (const stale of [old, { ...current, attempt: 3 }]) {
      expect(await stores.recordings.suspend(stale, [question('a')], 5)).toBe(false);
    }
    expect(await stateOf(stores, old.sessionId)).toEqual(before);
    expect((await stores.recordings.read(old.turnId)).interrupts).toEqual([]);
    await stores.turns.cancel({}, old.sessionId);
    const cancelled = await stateOf(stores, old.sessionId);
    expect(await stores.recordings.suspend(current, [question('a')])).toBe(false);
    expect(await stateOf(stores, old.sessionId)).toEqual(cancelled);
  });

  it('lets one of a suspension, an end and a cancel win when they race', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 20; round++) {
      const run = await newRun(stores);
      const racing = [
        stores.recordings.suspend(run, [question('a')]),
        stores.turns.fail(run, 'no', 'agent_error'),
      ];
      const [isSuspended, isFailed] = await Promise.all(round % 2 === 0 ? racing : racing.toReversed());
      expect([isSuspended, isFailed].filter(Boolean)).toHaveLength(1);
      const { session, turns } = await stateOf(stores, run.sessionId);
      const status = turns[0]?.status === 'interrupted' ? 'interrupted' : 'error';
      expect(session).toMatchObject({ status });
      const { interrupts } = await stores.recordings.read(run.turnId);
      expect(interrupts).toHaveLength(status === 'interrupted' ? 1 : 0);
    }
  });

  it('leaves a delivery of the questions only for a webhook that wants them', async () => {
    const stores = fixture.stores();
    for (const webhook of [INTERRUPT_WEBHOOK, WEBHOOK, undefined]) {
      const { turnId, ids } = await suspended(stores, [question('a'), question('b')], { webhook });
      const due = await stores.deliveries.dueOf(turnId);
      expect(due).toHaveLength(webhook === INTERRUPT_WEBHOOK ? 1 : 0);
      if (!due[0]) continue;
      const delivery = await stores.deliveries.claim(due[0].id, { time: 60_000, retryDelays: [1] });
      expect(delivery?.content).toMatchObject({ status: 'interrupted', response: null, error: null });
      expect(delivery?.content.interrupts?.map(({ interrupt_id }) => interrupt_id)).toEqual(ids);
    }
  });

  it('ends with the questions of a turn that is cancelled or deleted', async () => {
    const stores = fixture.stores();
    const cancelled = await suspended(stores, [question('a'), question('b')]);
    expect(await stores.turns.cancel({}, cancelled.sessionId)).toMatchObject({ outcome: 'cancelled' });
    expect(await stateOf(stores, cancelled.sessionId)).toMatchObject({
      session: { status: 'error', error: 'Turn cancelled', interrupts: null },
      turns: [{ status: 'cancelled' }],
    });
    const deleted = await suspended(stores);
    expect(await stores.sessions.remove({}, deleted.sessionId)).toMatchObject({ id: deleted.sessionId });
    const rows = await fixture.dataSource.query<{ status: string }[]>(
      `SELECT status FROM agent_interrupt WHERE turn_id IN ('${cancelled.turnId}', '${deleted.turnId}')`,
    );
    expect(rows.map(({ status }) => status)).toEqual(['cancelled', 'cancelled']);
    // The session's next turn has nothing of it.
    const { turnId } = await newTurn(stores, cancelled.sessionId);
    expect(await stores.recordings.read(turnId)).toEqual({ steps: [], interrupts: [] });
  });
});
