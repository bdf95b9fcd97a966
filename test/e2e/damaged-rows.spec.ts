import { describe, expect, it } from '@jest/globals';

import type { Turn } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const agent = new ScriptedAgent();

const asking = agent.does(async ({ step, interrupt }: Turn) => {
  await step('read', () => 1);
  return JSON.stringify(await interrupt({ type: 'question' }));
});

describe.each(sqliteStacks.slice(0, 1))('a recording that is damaged, on $name', (stack) => {
  const app = useApp(stack, { agent });

  it('ends its turn in error, and holds no worker', async () => {
    const id = await app.client.newSession();
    await app.client.send(id, asking);
    const asked = await until(async () => (await app.client.get(id)).body.interrupts?.[0], {
      what: 'the question',
    });
    await app.dataSource.query(`UPDATE agent_interrupt SET payload = 'no JSON'`);
    await app.sessions.resume(id, { ...asked, value: 1 });
    await until(async () => (await app.client.get(id)).body.status === 'error', { what: 'the turn to end' });
    expect((await app.client.get(id)).body.error).toBe(
      "The turn's recording could not be read, because it is damaged",
    );
  });
});
