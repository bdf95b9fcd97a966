import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';

import { ISOLATED } from '../../src/agents/isolation/isolatable.js';
import { inProcess } from '../../src/agents/protocol/agent-run.js';
import { AgentProcessDied } from '../../src/agents/isolation/agent-process-died.js';
import type { Turn, TurnOutput } from '../../src/index.js';
import { Gate } from '../support/gate.js';
import { aborted, ScriptedAgent } from '../support/scripted-agent.js';
import { backends, type Stack, type TestApp, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const onBackends: Stack[] = backends.map((backend) => ({ ...backend, adapter: 'express' }));

/** The state of a running turn after its workers died twice and it was queued again. */
async function loseTwice({ dataSource }: TestApp, turnId: string): Promise<void> {
  await dataSource.query(
    `UPDATE agent_turn SET status = 'queued', lease_until = NULL, lost_runs = 2, queued_at = 0 WHERE id = '${turnId}'`,
  );
}

describe.each(onBackends)('the last run of a turn that lost its workers on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, concurrency: 3, lease: 600 });
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => void warnings.push(text));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('starts beside other turns, does not block them, and is logged', async () => {
    const busy = agent.holds();
    await app.client.send(await app.client.newSession(), busy.content);
    await busy.started;
    const id = await app.client.newSession();
    const [first, last] = [new Gate<Turn>(), new Gate<Turn>()];
    const content = agent.does(async (turn) => {
      (turn.attempt === 1 ? first : last).open(turn);
      await aborted(turn.signal);
      return 'cut off';
    });
    const { body } = await app.client.send(id, content);
    await first.opened;
    await loseTwice(app, body.turn_id);

    expect(await last.opened).toMatchObject({ attempt: 2 });
    const began = performance.now();
    expect(await app.client.ask(await app.client.newSession(), 'hello')).toMatchObject({ status: 'idle' });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(warnings.filter((text) => text.includes('the last one starts beside others'))).toHaveLength(1);
    await app.client.cancel(id);
    busy.answer('');
  });
});

describe.each(onBackends)('the last run of an agent that supports isolation on $name', (stack) => {
  const calls: string[] = [];
  let isolated: (turn: Turn) => Promise<TurnOutput>;
  const agent = {
    runTurn: ({ signal }: Turn) => {
      calls.push('beside others');
      return new Promise<string>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('cut off'));
        });
      });
    },
    [ISOLATED]: inProcess({
      runTurn: (turn) => {
        calls.push('isolated');
        return isolated(turn);
      },
    }),
  };
  const app = useApp(stack, { agent, lease: 600 });
  beforeEach(() => {
    calls.length = 0;
  });

  const lastRun = async () => {
    const id = await app.client.newSession();
    const { body } = await app.client.send(id, 'x');
    await until(() => calls.length > 0, { what: 'the first run' });
    await loseTwice(app, body.turn_id);
    const session = await app.client.settled(id);
    return { session, turn: (await app.client.turns(id)).body[0] };
  };

  it('runs in a child process', async () => {
    isolated = () => Promise.resolve('well');
    const { session } = await lastRun();
    expect([session.response?.content, calls]).toEqual(['well', ['beside others', 'isolated']]);
  });

  it('ends the turn as worker_lost if that process dies', async () => {
    isolated = () => Promise.reject(new AgentProcessDied(null, 'SIGKILL'));
    const { session, turn } = await lastRun();
    expect(session).toMatchObject({
      status: 'error',
      error: 'The workers that ran this turn died, 3 of them',
    });
    expect(turn).toMatchObject({ code: 'worker_lost', attempt: 2 });
  });
});
