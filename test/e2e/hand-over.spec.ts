import { describe, expect, it, jest } from '@jest/globals';

import { type ClaimedTurn, TURN_STORE, type TurnStore } from '../../src/turns/turn.store.js';
import { openDataSource } from '../stores/open-stores.js';
import { Gate } from '../support/gate.js';
import { backends, type Stack, startApp, type TestApp } from '../support/stacks.js';

const onBackends: Stack[] = backends.map((backend) => ({ ...backend, adapter: 'express' }));

/** How a turn's first run begins. */
const BEGINNINGS = [
  { transition: 'accept', send: (app: TestApp, id: string) => app.sessions.send(id, { content: 'hello' }) },
  {
    transition: 'claim',
    send: (app: TestApp, id: string) =>
      app.dataSource.transaction((manager) => app.sessions.send(id, { content: 'hello' }, { manager })),
  },
] as const;

const cases = onBackends.flatMap((stack) =>
  BEGINNINGS.map((beginning) => ({ ...beginning, name: stack.name, stack })),
);

describe.each(cases)(
  'a turn whose $transition is in progress when the worker stops, on $name',
  (beginning) => {
    it('is requeued without a call of the agent', async () => {
      const { stack, transition, send } = beginning;
      const database = await stack.createDatabase();
      let calls = 0;
      const app = await startApp(stack, { agent: () => String(++calls), database, shutdownTimeout: 0 });
      const store = app.app.get<TurnStore>(TURN_STORE, { strict: false });
      const original = store[transition].bind(store) as (...call: unknown[]) => Promise<unknown>;
      const [asked, answered] = [new Gate(), new Gate()];
      jest.spyOn(store, transition as 'claim').mockImplementation(async (...call) => {
        const outcome = await original(...call);
        asked.open();
        await answered.opened;
        return outcome as ClaimedTurn;
      });
      const id = await app.client.newSession();
      const sent = send(app, id);
      await asked.opened;
      const closed = app.close();
      setTimeout(answered.open, 700);
      await Promise.all([closed, sent]);

      const dataSource = await openDataSource(database);
      const rows: unknown = await dataSource.query('SELECT status, attempt, lost_runs FROM agent_turn');
      expect(rows).toEqual([{ status: 'queued', attempt: 1, lost_runs: 0 }]);
      expect(calls).toBe(0);
      await dataSource.destroy();
      await database.remove();
    });
  },
);
