import { expect, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { LostRun, TurnRun } from '../../../src/turns/turn-run.js';
import {
  ANSWERED,
  ASKED,
  claim,
  historyOf,
  newRun,
  newSession,
  newTurn,
  RESULT,
  stateOf,
  times,
  turnsOf,
  WEBHOOK,
} from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

/** A lease that has already expired when it is granted. */
const EXPIRED = -1_000;

const describeLost = ({ lostRuns }: LostRun) => `lost ${lostRuns} times`;

/** The three fields that identify a run. */
const asRun = ({ turnId, sessionId, attempt }: TurnRun) => ({ turnId, sessionId, attempt });

export const turnReclaim = storeSuite('runs whose worker fell silent, in the stores', (fixture, it) => {
  let modules = 0;
  /** Stores of a module that only this test uses. */
  const ownStores = (lease: number, maxAttempts = 3) =>
    fixture.stores({ module: `test-${modules}`, lease, maxAttempts });
  const nextModule = () => modules++;

  it('are requeued, and their late writes change nothing', async () => {
    nextModule();
    const stores = ownStores(EXPIRED);
    const run = await newRun(stores, await newSession(stores, { state: [ANSWERED] }));
    expect(await stores.turns.reclaim([], 10, describeLost)).toEqual([{ ...asRun(run), lostRuns: 1 }]);
    expect(await turnsOf(stores, run.sessionId)).toMatchObject([
      { status: 'queued', attempt: 1, ended_at: null },
    ]);
    expect((await stores.sessions.find({}, run.sessionId))?.status).toBe('running');
    expect(await stores.turns.complete(run, RESULT)).toBe('lost');
    expect(await stores.turns.renew([run])).toEqual({ held: [], lost: [run.turnId] });

    const again = await claim(stores, run.turnId);
    expect(again).toMatchObject({ attempt: 2, history: [ANSWERED] });
    expect(await stores.turns.complete(run, RESULT)).toBe('lost');
    expect(await stores.turns.complete(again, RESULT)).toBe('completed');
  });

  it('are not reclaimed while their lease holds, or by their own process', async () => {
    nextModule();
    const [living, expired] = [ownStores(60_000), ownStores(EXPIRED)];
    await newRun(living);
    const own = await newRun(expired);
    expect(await living.turns.reclaim([own], 10, describeLost)).toEqual([]);
    expect(await living.turns.renew([own])).toEqual({ held: [own.turnId], lost: [] });
    expect(await living.turns.reclaim([], 10, describeLost)).toEqual([]);
  });

  it('are renewed even after their lease expired, unless another process took them', async () => {
    nextModule();
    const stores = ownStores(EXPIRED);
    const run = await newRun(stores);
    expect(await stores.turns.renew([run])).toEqual({ held: [run.turnId], lost: [] });
    expect(await stores.turns.complete(run, RESULT)).toBe('completed');
    expect(await stores.turns.reclaim([], 10, describeLost)).toEqual([]);
  });

  it('end the turn in error after maxAttempts lost runs', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const { turnId, sessionId } = await newTurn(
      stores,
      await newSession(stores, { state: [ANSWERED], owner: 'ada' }),
    );
    const describe = jest.fn(describeLost);
    await claim(stores, turnId);
    const [lost] = await stores.turns.reclaim([], 10, describe);
    expect(lost).toMatchObject({ owner: 'ada', lostRuns: 1 });
    expect(lost?.error).toBeUndefined();
    expect(await turnsOf(stores, sessionId)).toMatchObject([{ status: 'queued' }]);

    const last = await claim(stores, turnId);
    expect(await stores.turns.reclaim([], 10, describe)).toEqual([
      { ...asRun(last), owner: 'ada', lostRuns: 2, error: 'lost 2 times' },
    ]);
    expect(describe).toHaveBeenCalledWith(expect.objectContaining({ turnId, lostRuns: 2 }));
    expect(await stateOf(stores, sessionId)).toMatchObject({
      session: { status: 'error', error: 'lost 2 times', response: null },
      turns: [{ status: 'failed', error: 'lost 2 times', attempt: 2 }],
    });
    expect(await historyOf(stores, sessionId)).toEqual([ANSWERED]);
  });

  it('are not counted if the turn was accepted as running and its worker died before it called the agent', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const accept = async () => {
      const sessionId = await newSession(stores);
      const turn = { id: randomUUID(), message: ASKED, worker: randomUUID() };
      expect(await stores.turns.accept({}, sessionId, turn)).toMatchObject({ outcome: 'accepted' });
      return { turnId: turn.id, sessionId, attempt: 1 };
    };
    const run = await accept();
    expect(await stores.turns.reclaim([], 10, describeLost)).toEqual([{ ...run, lostRuns: 0 }]);
    expect(await stores.turns.complete(run, RESULT)).toBe('lost');
    // Once for each turn: the runs that are claimed count.
    for (let lostRuns = 1; lostRuns <= 2; lostRuns++) {
      expect((await claim(stores, run.turnId)).isLastRun).toBe(lostRuns === 2);
      expect(await stores.turns.reclaim([], 10, describeLost)).toMatchObject([{ lostRuns }]);
    }
    expect(await turnsOf(stores, run.sessionId)).toMatchObject([{ status: 'failed', attempt: 3 }]);

    const called = await accept();
    await stores.turns.renew([called]);
    expect(await stores.turns.reclaim([], 10, describeLost)).toEqual([{ ...called, lostRuns: 1 }]);

    const handedBack = await accept();
    expect(await stores.turns.requeue(handedBack)).toBe(true);
    await claim(stores, handedBack.turnId);
    expect(await stores.turns.reclaim([], 10, describeLost)).toMatchObject([{ lostRuns: 1 }]);
  });

  it('are returned with whether their turn has a webhook', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const { turnId } = await newTurn(stores, undefined, WEBHOOK);
    await claim(stores, turnId);
    expect(await stores.turns.reclaim([], 10, describeLost)).toMatchObject([{ hasWebhook: true }]);
    expect(await stores.turns.countRefusedClaim(turnId, describeLost)).toMatchObject({ hasWebhook: true });
  });

  it('with maxAttempts of 1 end the turn at once', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 1);
    const run = await newRun(stores);
    expect(await stores.turns.reclaim([], 10, describeLost)).toHaveLength(1);
    expect(await turnsOf(stores, run.sessionId)).toMatchObject([{ status: 'failed', error: 'lost 1 times' }]);
  });

  it('are counted apart from runs that a stopping worker requeued', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const { turnId, sessionId } = await newTurn(stores);
    for (let count = 0; count < 5; count++) {
      expect(await stores.turns.requeue(await claim(stores, turnId))).toBe(true);
    }
    await claim(stores, turnId);
    await stores.turns.reclaim([], 10, describeLost);
    expect(await turnsOf(stores, sessionId)).toMatchObject([{ status: 'queued', attempt: 6 }]);
  });

  it('mark the last run, and charge a death of its worker to that turn only', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const { turnId, sessionId } = await newTurn(stores);
    expect(await claim(stores, turnId)).toMatchObject({ attempt: 1, isLastRun: false });
    await stores.turns.reclaim([], 10, describeLost);
    const worker = randomUUID();
    expect(await claim(stores, turnId, worker)).toMatchObject({ attempt: 2, isLastRun: true });
    const neighbour = await newTurn(stores);
    await claim(stores, neighbour.turnId, worker);
    const elsewhere = await newTurn(stores);
    await claim(stores, elsewhere.turnId);

    const lost = await stores.turns.reclaim([], 10, describeLost);
    expect(lost).toHaveLength(3);
    expect(lost).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ turnId, lostRuns: 2, error: 'lost 2 times' }),
        expect.objectContaining({ turnId: neighbour.turnId, lostRuns: 0 }),
        expect.objectContaining({ turnId: elsewhere.turnId, lostRuns: 1 }),
      ]),
    );
    expect(await turnsOf(stores, sessionId)).toMatchObject([{ status: 'failed', code: 'worker_lost' }]);
    expect(await turnsOf(stores, neighbour.sessionId)).toMatchObject([{ status: 'queued' }]);
  });

  it('in a child process are not charged with the death of their worker, a limited number of times', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const { turnId, sessionId } = await newTurn(stores);
    await claim(stores, turnId);
    await stores.turns.reclaim([], 10, describeLost);
    for (let attempt = 2; attempt < 6; attempt++) {
      expect(await stores.turns.claim(turnId, randomUUID(), true)).toMatchObject({
        attempt,
        isLastRun: true,
      });
      expect(await stores.turns.reclaim([], 10, describeLost)).toMatchObject([{ turnId, lostRuns: 1 }]);
    }
    await stores.turns.claim(turnId, randomUUID(), true);
    expect(await stores.turns.reclaim([], 10, describeLost)).toMatchObject([
      { lostRuns: 2, error: 'lost 2 times' },
    ]);
    expect(await turnsOf(stores, sessionId)).toMatchObject([{ status: 'failed', attempt: 6 }]);
  });

  it('in a child process are charged if they are let go of, because their end is refused', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const { turnId, sessionId } = await newTurn(stores);
    const first = await claim(stores, turnId);
    await stores.turns.reclaim([], 10, describeLost);
    const last = await stores.turns.claim(turnId, randomUUID(), true);
    expect(await stores.turns.charge(first)).toBe(false);
    expect(await stores.turns.charge(last as TurnRun)).toBe(true);
    expect(await stores.turns.reclaim([], 10, describeLost)).toMatchObject([
      { lostRuns: 2, error: 'lost 2 times' },
    ]);
    expect(await turnsOf(stores, sessionId)).toMatchObject([{ status: 'failed', attempt: 2 }]);
  });

  it('beside a last run that ended well are charged', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 2);
    const { turnId } = await newTurn(stores);
    await claim(stores, turnId);
    await stores.turns.reclaim([], 10, describeLost);
    const worker = randomUUID();
    const last = await claim(stores, turnId, worker);
    const neighbour = await newTurn(stores);
    await claim(stores, neighbour.turnId, worker);
    expect(await stores.turns.complete(last, RESULT)).toBe('completed');
    expect(await stores.turns.reclaim([], 10, describeLost)).toEqual([
      expect.objectContaining({ turnId: neighbour.turnId, lostRuns: 1 }),
    ]);
  });

  it('that cannot be claimed count as lost, until the turn has failed', async () => {
    nextModule();
    const stores = ownStores(60_000, 2);
    const { turnId, sessionId } = await newTurn(stores);
    expect(await stores.turns.countRefusedClaim(turnId, describeLost)).toMatchObject({ lostRuns: 1 });
    expect(await turnsOf(stores, sessionId)).toMatchObject([{ status: 'queued', attempt: 0 }]);
    expect(await stores.turns.countRefusedClaim(turnId, describeLost)).toMatchObject({
      lostRuns: 2,
      error: 'lost 2 times',
    });
    expect(await stateOf(stores, sessionId)).toMatchObject({
      session: { status: 'error', error: 'lost 2 times' },
      turns: [{ status: 'failed', code: 'worker_lost' }],
    });
    expect(await stores.turns.countRefusedClaim(turnId, describeLost)).toBeUndefined();
  });

  it('are reclaimed once by many concurrent processes, up to the requested number', async () => {
    nextModule();
    const stores = ownStores(EXPIRED);
    const runs = await times(12, () => newRun(stores));
    expect(await stores.turns.reclaim([], 2, describeLost)).toHaveLength(2);
    const reclaimed = (await times(4, () => ownStores(EXPIRED).turns.reclaim([], 100, describeLost))).flat();
    expect(reclaimed).toHaveLength(10);
    const turns = (await Promise.all(runs.map(({ sessionId }) => turnsOf(stores, sessionId)))).flat();
    expect(turns.map(({ status, attempt }) => [status, attempt])).toEqual(runs.map(() => ['queued', 1]));
  });

  it('of another module are not reclaimed', async () => {
    nextModule();
    await newRun(ownStores(EXPIRED));
    nextModule();
    expect(await ownStores(EXPIRED).turns.reclaim([], 10, describeLost)).toEqual([]);
  });

  it('and a cancel have one winner when they race', async () => {
    nextModule();
    const stores = ownStores(EXPIRED, 1);
    for (let round = 0; round < 10; round++) {
      const { sessionId } = await newRun(stores);
      const [lost, { outcome }] = await Promise.all([
        stores.turns.reclaim([], 10, describeLost),
        stores.turns.cancel({}, sessionId),
      ]);
      const { session, turns } = await stateOf(stores, sessionId);
      const error = outcome === 'cancelled' ? 'Turn cancelled' : 'lost 1 times';
      expect(lost).toHaveLength(outcome === 'cancelled' ? 0 : 1);
      expect([session?.error, turns[0]?.error]).toEqual([error, error]);
    }
  });
});
