import { describe, expect, it, jest } from '@jest/globals';

import { TURN_STORE, type TurnStore } from '../../src/turns/turn.store.js';
import { openDataSource } from '../stores/open-stores.js';
import { Gate } from '../support/gate.js';
import { backends, type Stack, startApp } from '../support/stacks.js';

const onBackends: Stack[] = backends.map((backend) => ({ ...backend, adapter: 'express' }));

describe.each(onBackends)('a turn that is being claimed when the worker stops, on $name', (stack) => {
  it('is requeued without a call of the agent', async () => {
    const database = await stack.createDatabase();
    let calls = 0;
    const app = await startApp(stack, { agent: () => String(++calls), database, shutdownTimeout: 0 });
    const store = app.app.get<TurnStore>(TURN_STORE, { strict: false });
    const claim = store.claim.bind(store);
    const [asked, answered] = [new Gate(), new Gate()];
    jest.spyOn(store, 'claim').mockImplementation(async (...call) => {
      const claimed = await claim(...call);
      asked.open();
      await answered.opened;
      return claimed;
    });
    const id = await app.client.newSession();
    await app.client.send(id, 'hello');
    await asked.opened;
    const closed = app.close();
    setTimeout(answered.open, 700);
    await closed;

    const dataSource = await openDataSource(database);
    const rows: unknown = await dataSource.query('SELECT status, attempt, lost_runs FROM agent_turn');
    expect(rows).toEqual([{ status: 'queued', attempt: 1, lost_runs: 0 }]);
    expect(calls).toBe(0);
    await dataSource.destroy();
    await database.remove();
  });
});
