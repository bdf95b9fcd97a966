import { describe, expect, it, jest } from '@jest/globals';

import type { SessionStore } from '../../src/sessions/session.store.js';
import { SESSION_STORE } from '../../src/sessions/session.store.js';
import { Metrics, useMetrics } from '../support/metrics.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, uniqueName, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const CLIENTS = 200;

const metrics = new Metrics();
useMetrics(metrics);

describe.each(expressStacks)('many long polls on $name', (stack) => {
  const agent = new ScriptedAgent();
  const name = uniqueName();
  const app = useApp(stack, { agent, name });

  it('on one session cost a few queries, and all are answered at its end', async () => {
    const store = app.app.get<SessionStore>(SESSION_STORE, { strict: false });
    const find = jest.spyOn(store, 'find');
    const stillRunning = jest.spyOn(store, 'stillRunning');
    const held = agent.holds();
    const id = await app.client.newSession();
    await app.client.send(id, held.content);

    const polls = Array.from({ length: CLIENTS }, () => app.client.get(id, '?wait=true&timeout=60'));
    await metrics.untilPollsWait(name, CLIENTS);
    // The process runs the turn itself, and so knows that it is running.
    stillRunning.mockClear();
    const start = performance.now();
    await until(() => stillRunning.mock.calls.length > 0, { what: 'one look at all of them' });
    expect(find).not.toHaveBeenCalled();

    held.answer('at last');
    for (const { status, body } of await Promise.all(polls)) {
      expect([status, body.status, body.response?.content]).toEqual([200, 'idle', 'at last']);
    }
    const looks = (performance.now() - start) / 2_000 + 1;
    expect(stillRunning.mock.calls.length).toBeLessThanOrEqual(looks);
    expect(find.mock.calls.length).toBeLessThanOrEqual(3);
  }, 60_000);

  it('on many sessions are all answered, each with its own session', async () => {
    const held = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const turn = agent.holds();
        const id = await app.client.newSession();
        await app.client.send(id, turn.content);
        return { id, turn, poll: app.client.get(id, '?wait=true&timeout=60') };
      }),
    );
    for (const { id, turn } of held.toReversed()) turn.answer(`for ${id}`);
    for (const { id, poll } of held) {
      const { body } = await poll;
      expect([body.session_id, body.response?.content]).toEqual([id, `for ${id}`]);
    }
  });
});
