import { expect } from '@jest/globals';

import { claim, newTurn } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

export const queue = storeSuite('the queue in the stores', (fixture, it) => {
  it('is in FIFO order, without the newest if requested', async () => {
    const stores = fixture.stores();
    const [first, second, third] = [await newTurn(stores), await newTurn(stores), await newTurn(stores)];
    const ids = [first, second, third].map(({ turnId }) => turnId);
    expect(await stores.turns.queued(10, 0)).toEqual(ids);
    expect(await stores.turns.queued(2, 0)).toEqual(ids.slice(0, 2));
    expect(await stores.turns.queued(10, 3_600_000)).toEqual([]);

    await stores.turns.requeue(await claim(stores, first.turnId));
    expect(await stores.turns.queued(10, 0)).toEqual([second.turnId, third.turnId, first.turnId]);
    await stores.turns.cancel({}, second.sessionId);
    await stores.sessions.remove({}, third.sessionId);
    expect(await stores.turns.queued(10, 0)).toEqual([first.turnId]);
  });
});
