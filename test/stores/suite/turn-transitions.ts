import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { ChatMessage } from '../../../src/index.js';
import type { TurnRun } from '../../../src/turns/turn-run.js';
import { until } from '../../support/until.js';
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
} from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const turnTransitions = storeSuite('the turns of the stores', (fixture, it) => {
  it('are accepted one at a time', async () => {
    const stores = fixture.stores();
    const { turnId, sessionId } = await newTurn(stores);
    const again = await stores.turns.accept({}, sessionId, { id: randomUUID(), message: ASKED });
    expect(again).toEqual({ outcome: 'busy', turnId, interrupts: null });
    const nowhere = await stores.turns.accept({}, randomUUID(), { id: randomUUID(), message: ASKED });
    expect(nowhere).toEqual({ outcome: 'session_not_found' });
  });

  it('are accepted as running by a worker with a free slot, with all that the agent needs', async () => {
    const stores = fixture.stores();
    const metadata = { plan: { name: 'gold' } };
    const sessionId = await newSession(stores, { owner: 'ada', metadata, state: [ASKED, ANSWERED] });
    const worker = randomUUID();
    const turn = {
      id: randomUUID(),
      message: ASKED,
      worker,
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    };
    const accepted = await stores.turns.accept({ owner: 'ada' }, sessionId, turn);
    expect(accepted).toMatchObject({
      outcome: 'accepted',
      owner: 'ada',
      run: {
        turnId: turn.id,
        sessionId,
        owner: 'ada',
        metadata,
        attempt: 1,
        message: ASKED,
        historyLength: 2,
        isLastRun: false,
        hasWebhook: false,
        waited: 0,
        traceparent: turn.traceparent,
      },
    });
    const [started] = await turnsOf(stores, sessionId);
    expect(started).toMatchObject({ status: 'running', attempt: 1, ended_at: null });
    expect(started?.started_at).toBe(started?.created_at);
    expect(await stores.turns.claim(turn.id, randomUUID())).toBeUndefined();
    expect(await stores.turns.queued(10, -1_000)).not.toContain(turn.id);
    const again = await stores.turns.accept({}, sessionId, { id: randomUUID(), message: ASKED, worker });
    expect(again).toEqual({ outcome: 'busy', turnId: turn.id, interrupts: null });

    const run = { turnId: turn.id, sessionId, attempt: 1 };
    const begun = await stores.turns.begin([{ ...run, readsHistory: true }]);
    expect(begun).toEqual({
      held: [turn.id],
      lost: [],
      histories: new Map([[turn.id, [ASKED, ANSWERED]]]),
    });
    expect(await stores.turns.complete(run, RESULT)).toBe('completed');
    expect(await historyOf(stores, sessionId)).toEqual([ASKED, ANSWERED, ASKED, ANSWERED]);
  });

  it('begin with the histories that are wanted and small, if they are not lost', async () => {
    const stores = fixture.stores();
    const begin = async (state: ChatMessage[], readsHistory: boolean) => {
      const sessionId = await newSession(stores, { state });
      const turnId = randomUUID();
      await stores.turns.accept({}, sessionId, { id: turnId, message: ASKED, worker: randomUUID() });
      return { turnId, sessionId, attempt: 1, readsHistory };
    };
    const wanted = await begin([ASKED], true);
    const unwanted = await begin([ASKED], false);
    const empty = await begin([], true);
    const large = await begin([{ role: 'user', content: 'x'.repeat(1_100_000) }], true);
    const many = await begin(
      Array.from({ length: 1_001 }, () => ASKED),
      true,
    );
    const lost = await begin([ASKED], true);
    await stores.turns.cancel({}, lost.sessionId);
    const runs = [wanted, unwanted, empty, large, many, lost];
    const begun = await stores.turns.begin(runs);
    expect(begun.held.sort()).toEqual(
      runs
        .slice(0, 5)
        .map(({ turnId }) => turnId)
        .sort(),
    );
    expect(begun.lost).toEqual([lost.turnId]);
    expect([...begun.histories].sort()).toEqual(
      [
        [wanted.turnId, [ASKED]],
        [empty.turnId, []],
      ].sort(),
    );
    expect(await stores.turns.begin([])).toEqual({ held: [], lost: [], histories: new Map() });
  });

  it('have one winner when 20 race to be accepted', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 10; round++) {
      const sessionId = await newSession(stores);
      const ids = Array.from({ length: 20 }, () => randomUUID());
      const outcomes = await Promise.all(
        ids.map((id) => stores.turns.accept({}, sessionId, { id, message: ASKED })),
      );
      const accepted = ids.filter((_, index) => outcomes[index]?.outcome === 'accepted');
      expect(accepted).toHaveLength(1);
      const losers = outcomes.filter(({ outcome }) => outcome !== 'accepted');
      expect(losers).toEqual(losers.map(() => ({ outcome: 'busy', turnId: accepted[0], interrupts: null })));
      expect((await turnsOf(stores, sessionId)).map(({ turn_id }) => turn_id)).toEqual(accepted);
    }
  });

  it('are claimed once in a race, with all that the agent needs', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 10; round++) {
      const sessionId = await newSession(stores, { state: [ASKED, ANSWERED] });
      const { turnId } = await newTurn(stores, sessionId);
      const claims = await times(10, () => stores.turns.claim(turnId, randomUUID()));
      expect(claims.filter(Boolean)).toEqual([
        expect.objectContaining({
          turnId,
          sessionId,
          attempt: 1,
          message: ASKED,
          history: [ASKED, ANSWERED],
        }),
      ]);
    }
    expect(await stores.turns.claim(randomUUID(), randomUUID())).toBeUndefined();
  });

  it('include their owner, their metadata, their trace and their time in the queue', async () => {
    const stores = fixture.stores();
    const metadata = { plan: { name: 'gold' } };
    const sessionId = await newSession(stores, { owner: 'ada', metadata });
    const turn = {
      id: randomUUID(),
      message: ASKED,
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    };
    expect(await stores.turns.accept({}, sessionId, turn)).toEqual({ outcome: 'accepted', owner: 'ada' });
    const accepted = performance.now();
    await until(() => performance.now() - accepted > 30, { what: 'the turn to be queued for a while' });
    const run = await claim(stores, turn.id);
    expect(run).toMatchObject({ owner: 'ada', metadata, traceparent: turn.traceparent });
    expect(run.waited).toBeGreaterThanOrEqual(20);
    expect(run.waited).toBeLessThan(10_000);
    expect(await stores.turns.cancel({}, sessionId)).toEqual({
      outcome: 'cancelled',
      turnId: turn.id,
      owner: 'ada',
    });
    const nobodys = await newRun(stores);
    expect(nobodys).toMatchObject({ owner: undefined, metadata: undefined, traceparent: undefined });
  });

  it('end once: complete and fail of one run have one winner', async () => {
    const stores = fixture.stores();
    for (let round = 0; round < 10; round++) {
      const run = await newRun(stores);
      const wins = await times(6, async (index) =>
        index % 2 === 0
          ? (await stores.turns.complete(run, RESULT, 1)) === 'completed'
          : stores.turns.fail(run, 'no', 'agent_error', 1),
      );
      expect(wins.filter(Boolean)).toHaveLength(1);
      const completed = wins.indexOf(true) % 2 === 0;
      const { session, turns } = await stateOf(stores, run.sessionId);
      expect(session).toMatchObject(
        completed ? { status: 'idle', response: ANSWERED } : { status: 'error', error: 'no', response: null },
      );
      expect(turns).toMatchObject([
        { status: completed ? 'completed' : 'failed', usage: { total_tokens: 1 } },
      ]);
      expect(await historyOf(stores, run.sessionId)).toEqual(completed ? [ASKED, ANSWERED] : []);
    }
  });

  it('ignore writes of a run that is no longer current', async () => {
    const stores = fixture.stores();
    const old = await newRun(stores);
    expect(await stores.turns.requeue(old)).toBe(true);
    const current = await claim(stores, old.turnId);
    expect(current.attempt).toBe(2);
    const before = await stateOf(stores, old.sessionId);
    const future: TurnRun = { ...current, attempt: 3 };
    for (const stale of [old, future]) {
      expect(await stores.turns.complete(stale, RESULT, 5)).toBe('lost');
      expect(await stores.turns.complete(stale, { ...RESULT, replacesHistory: true }, 5)).toBe('lost');
      expect(await stores.turns.fail(stale, 'late', 'agent_error', 5)).toBe(false);
      expect(await stores.turns.requeue(stale)).toBe(false);
      expect(await stores.turns.renew([stale])).toEqual({ held: [], lost: [stale.turnId] });
    }
    expect(await stateOf(stores, old.sessionId)).toEqual(before);
    expect(await stores.turns.renew([current])).toEqual({ held: [current.turnId], lost: [] });
    expect(await stores.turns.complete(current, RESULT)).toBe('completed');
  });

  it('are final', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    await stores.turns.complete(run, RESULT);
    const before = await stateOf(stores, run.sessionId);
    expect(await stores.turns.complete(run, RESULT)).toBe('lost');
    expect(await stores.turns.fail(run, 'no', 'agent_error')).toBe(false);
    expect(await stores.turns.requeue(run)).toBe(false);
    expect(await stores.turns.claim(run.turnId, randomUUID())).toBeUndefined();
    expect(await stores.turns.renew([run])).toEqual({ held: [], lost: [run.turnId] });
    expect(await stores.turns.cancel({}, run.sessionId)).toEqual({ outcome: 'nothing_running' });
    expect(await stateOf(stores, run.sessionId)).toEqual(before);
  });

  it('report for many runs at once which are lost', async () => {
    const stores = fixture.stores();
    const runs = await times(5, () => newRun(stores));
    const [first, second] = runs;
    await stores.turns.cancel({}, first?.sessionId ?? '');
    await stores.sessions.remove({}, second?.sessionId ?? '');
    expect((await stores.turns.renew(runs)).lost).toEqual([first?.turnId, second?.turnId]);
    expect(await stores.turns.renew([])).toEqual({ held: [], lost: [] });
  });

  it('append their messages to the history, or replace it', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores, { state: [ANSWERED] });
    await stores.turns.complete(await newRun(stores, sessionId), RESULT);
    expect(await historyOf(stores, sessionId)).toEqual([ANSWERED, ASKED, ANSWERED]);

    const replaced = { response: ANSWERED, messages: [ASKED], replacesHistory: true };
    await stores.turns.complete(await newRun(stores, sessionId), replaced);
    expect(await historyOf(stores, sessionId)).toEqual([ASKED]);
    await stores.turns.complete(await newRun(stores, sessionId), RESULT);
    expect(await historyOf(stores, sessionId)).toEqual([ASKED, ASKED, ANSWERED]);

    await stores.turns.complete(await newRun(stores, sessionId), { ...replaced, messages: [] });
    expect(await historyOf(stores, sessionId)).toEqual([]);
    const { sessions } = await stores.sessions.list({}, { limit: 1000 });
    expect(sessions.find(({ session_id }) => session_id === sessionId)?.total_messages).toBe(0);
  });

  it('add up the tokens of all their runs', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    await stores.turns.requeue(run);
    const again = await claim(stores, run.turnId);
    await stores.turns.complete(again, RESULT, 2 ** 40);
    expect((await turnsOf(stores, run.sessionId))[0]?.usage).toEqual({ total_tokens: 2 ** 40 });
  });

  it('of another module are not found', async () => {
    const [stores, others] = [fixture.stores(), fixture.stores({ module: 'other' })];
    const { turnId, sessionId } = await newTurn(stores);
    expect(await others.turns.claim(turnId, randomUUID())).toBeUndefined();
    expect(await others.turns.cancel({}, sessionId)).toEqual({ outcome: 'session_not_found' });
    expect(await others.turns.queued(100, -1_000)).toEqual([]);
    const accepted = await others.turns.accept({}, sessionId, { id: randomUUID(), message: ASKED });
    expect(accepted).toEqual({ outcome: 'session_not_found' });
  });
});
