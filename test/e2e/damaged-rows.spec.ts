import { describe, expect, it } from '@jest/globals';

import type { Turn } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, sqliteStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const agent = new ScriptedAgent();

const choosing = agent.does(async ({ interrupt }: Turn) => {
  const schema = { type: 'number' };
  return JSON.stringify(await interrupt({ type: 'question' }, { schema }));
});

const UNREADABLE = "The session's history could not be read: a stored value is damaged";

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
      "The turn's recording could not be read: a stored value is damaged",
    );
  });
});

describe.each(expressStacks)('a message that is damaged, on $name', (stack) => {
  const app = useApp(stack, { agent });

  /** A session whose first message is damaged. */
  async function damaged(): Promise<string> {
    const id = await app.client.newSession({ state: [{ role: 'user', content: 'hello' }] });
    await app.dataSource.query(`UPDATE agent_message SET details = 'no JSON'`);
    return id;
  }

  it('ends the turn that needs it in error, and the next one, too', async () => {
    const id = await damaged();
    for (const text of ['one', 'two']) {
      expect(await app.client.ask(id, text)).toMatchObject({
        status: 'error',
        error: expect.stringContaining(UNREADABLE),
      });
    }
  });

  it('is 503 for readers, never 500, and the session can be deleted', async () => {
    const id = await damaged();
    const read = await app.client.messages(id);
    expect(read.body).toMatchObject({ statusCode: 503, code: 'database_unavailable' });
    expect(JSON.stringify(read.body)).not.toContain('no JSON');
    expect((await app.client.delete(id)).status).toBe(204);
  });
});

describe.each(expressStacks)('a schema that is damaged, on $name', (stack) => {
  const app = useApp(stack, { agent });

  it.each(['no JSON', '{"type":"unknown"}'])(
    'is 503 for the answer, and the turn can be cancelled: %s',
    async (schema) => {
      const id = await app.client.newSession();
      await app.client.send(id, choosing);
      const asked = await until(async () => (await app.client.get(id)).body.interrupts?.[0], {
        what: 'the question',
      });
      await app.dataSource.query(`UPDATE agent_interrupt SET schema = '${schema}'`);
      const answered = await app.client.resume(id, { ...asked, value: 1 });
      expect(answered.body).toMatchObject({ statusCode: 503, code: 'database_unavailable' });
      expect((await app.client.cancel(id)).status).toBe(202);
      expect(await app.client.settled(id)).toMatchObject({ status: 'error' });
    },
  );
});
