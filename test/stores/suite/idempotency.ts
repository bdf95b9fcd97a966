import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Stores } from '../../../src/database/stores.js';
import type { IdempotentRequest } from '../../../src/idempotency/idempotency-key.js';
import { ChangedItsMind } from '../../support/host-orders.js';
import { ASKED, claim, newSession, newTurn, RESULT, times, turnsOf } from '../open-stores.js';
import { INSTANT } from '../../support/instants.js';
import { storeSuite } from '../store-suite.js';

const newRequest = (): IdempotentRequest => ({
  id: randomUUID(),
  bodyHash: 'body',
  answer: { first: 'answer' },
});

const REPLAYED = { outcome: 'replayed', sessionCreatedAt: INSTANT, answer: { first: 'answer' } };

const accept = ({ turns }: Stores, sessionId: string, request: IdempotentRequest) =>
  turns.accept({}, sessionId, { id: randomUUID(), message: ASKED, request });

export const idempotency = storeSuite('idempotent requests in the stores', (fixture, it) => {
  it('are executed once under concurrent repeats', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores);
    const request = newRequest();
    const outcomes = await times(10, () => accept(fixture.stores(), sessionId, request));
    const accepted = outcomes.filter(({ outcome }) => outcome === 'accepted');
    expect(accepted).toHaveLength(1);
    for (const { outcome } of outcomes)
      expect(['accepted', 'replayed', 'key_in_progress']).toContain(outcome);
    expect(await accept(stores, sessionId, request)).toEqual(REPLAYED);
    expect(await turnsOf(stores, sessionId)).toHaveLength(1);
  });

  it('replay their first answer when a session is created again', async () => {
    const { sessions } = fixture.stores();
    const request = newRequest();
    const first = randomUUID();
    expect(await sessions.create({ id: first, state: [], request })).toMatchObject({ outcome: 'created' });
    const second = randomUUID();
    expect(await sessions.create({ id: second, state: [], request })).toEqual(REPLAYED);
    expect(await sessions.find({}, second)).toBeUndefined();
  });

  it('are refused if their key was used with another body', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores);
    const request = newRequest();
    expect(await accept(stores, sessionId, request)).toMatchObject({ outcome: 'accepted' });
    const other = { ...request, bodyHash: 'another body' };
    expect(await accept(stores, sessionId, other)).toEqual({ outcome: 'key_reused' });
  });

  it('are not recorded when they are refused', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await newTurn(stores);
    const request = newRequest();
    expect(await accept(stores, sessionId, request)).toMatchObject({ outcome: 'busy' });
    await stores.turns.complete(await claim(stores, turnId), RESULT);
    expect(await accept(stores, sessionId, request)).toMatchObject({ outcome: 'accepted' });
  });

  it('are rolled back together with their turn', async () => {
    const stores = fixture.stores();
    const sessionId = await newSession(stores);
    const request = newRequest();
    const turn = { id: randomUUID(), message: ASKED, request };
    const rolledBack = fixture.dataSource.transaction(async (manager) => {
      const accepted = await stores.turns.accept({}, sessionId, turn, manager);
      expect(accepted).toMatchObject({ outcome: 'accepted' });
      throw new ChangedItsMind();
    });
    await expect(rolledBack).rejects.toThrow(ChangedItsMind);
    expect(await turnsOf(stores, sessionId)).toEqual([]);
    expect(await accept(stores, sessionId, request)).toMatchObject({ outcome: 'accepted' });
  });

  it('are deleted together with their session', async () => {
    const stores = fixture.stores();
    const id = randomUUID();
    const request = newRequest();
    await stores.sessions.create({ id, state: [], request });
    await stores.sessions.remove({}, id);
    expect(await stores.sessions.create({ id, state: [], request })).toMatchObject({ outcome: 'created' });
  });
});
