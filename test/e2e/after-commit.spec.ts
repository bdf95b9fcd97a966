import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { SESSION_STORE, type SessionStore } from '../../src/sessions/session.store.js';
import { Sweeper } from '../../src/module/sweeper.js';
import { Metrics, useMetrics } from '../support/metrics.js';
import { aborted, ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, uniqueName, useApp } from '../support/stacks.js';

const metrics = new Metrics();
useMetrics(metrics);

describe.each(expressStacks)('without the sweeper, after a commit of the host on $name', (stack) => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  const app = useApp(stack, { agent, name, concurrency: 1, lease: 600_000 });
  let id: string;

  beforeEach(async () => {
    // Without the sweeper and the poll read, a lost wake-up or notification is not covered up.
    await app.app.get(Sweeper, { strict: false }).stop();
    const store = app.app.get<SessionStore>(SESSION_STORE, { strict: false });
    jest
      .spyOn(store, 'stillRunning')
      .mockImplementation((ids) => Promise.resolve(ids.map((one) => ({ id: one, turnId: '' }))));
    id = await app.client.newSession();
  });

  it('its message is answered at once', async () => {
    await app.dataSource.transaction(async (manager) => {
      await app.sessions.send(id, { content: 'now' }, { manager });
    });
    expect(await app.client.settled(id)).toMatchObject({ response: { content: 'You said: now' } });
  });

  it('its message within a savepoint is answered at once after the outer commit', async () => {
    const held = agent.holds();
    await app.dataSource.transaction(async (manager) => {
      await manager.transaction(async (inner) => {
        await app.sessions.send(id, { content: held.content }, { manager: inner });
      });
      expect((await app.sessions.turns(id, { manager }))[0]?.status).toBe('queued');
    });
    await held.started;
    held.answer('');
    await app.client.settled(id);
  });

  describe.each(['cancel', 'delete'] as const)('its %s', (end) => {
    async function endInTransaction(): Promise<void> {
      await app.dataSource.transaction(async (manager) => {
        if (end === 'cancel') await app.sessions.cancel(id, {}, { manager });
        else await app.sessions.delete(id, { manager });
        // A reader that was notified too early would have read by then, and seen no change.
        for (let look = 0; look < 5; look++) await app.dataSource.query('SELECT 1');
      });
    }

    it('reaches the agent at once', async () => {
      const held = agent.holds();
      await app.client.send(id, held.content);
      const { signal } = await held.started;
      await endInTransaction();
      await aborted(signal);
    });

    it('reaches the long polls of a queued turn at once', async () => {
      const neighbour = await app.client.newSession();
      const held = agent.holds();
      await app.client.send(neighbour, held.content);
      await held.started;
      await app.client.send(id, 'queued');
      const waiting = app.client.get(id, '?wait=true&timeout=20');
      await metrics.untilPollsWait(name, 1);
      await endInTransaction();
      expect(await waiting).toMatchObject(
        end === 'cancel' ? { status: 200, body: { status: 'error' } } : { status: 404 },
      );
      held.answer('');
      await app.client.settled(neighbour);
    });
  });
});
