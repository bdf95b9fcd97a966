import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import {
  ANSWERED,
  ASKED,
  historyOf,
  newRun,
  newSession,
  newTurn,
  RESULT,
  stateOf,
  WEBHOOK,
} from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

const REPLACED = { response: ANSWERED, messages: [ANSWERED], replacesHistory: true };

export const turnCancel = storeSuite('a cancel in the stores', (fixture, it) => {
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

  for (const { kind, result, recorded } of [
    { kind: 'that adds to the history', result: RESULT, recorded: [ANSWERED, ASKED, ANSWERED] },
    { kind: 'that replaces the history', result: REPLACED, recorded: [ANSWERED] },
  ]) {
    it(`and an end ${kind} have one winner when they race`, async () => {
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
  }
});
