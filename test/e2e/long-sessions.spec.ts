import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { blockingOf } from '../support/blocking.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteInProcess, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

/** Removing so many rows at once takes more than twice the bound. */
const MESSAGES = 400_000;

/** Maximum CPU time between two rounds of the event loop, in ms. */
const BOUND = 250;

describe('a session of 400,000 messages on SQLite', () => {
  const agent = new ScriptedAgent();
  const app = useApp({ ...sqliteInProcess, adapter: 'express' }, { agent, allowCustomIds: true });

  async function fill(id: string): Promise<void> {
    expect(await app.client.put(id, {})).toMatchObject({ status: 201 });
    await app.dataSource.query(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${MESSAGES - 1})
       INSERT INTO agent_message (session_id, position, role, content) SELECT '${id}', i, 'user', 'hello' FROM n`,
    );
    await app.dataSource.query(
      `UPDATE agent_session SET message_count = ${MESSAGES}, history_bytes = 37 * ${MESSAGES} WHERE id = '${id}'`,
    );
  }

  const hasRows = async (id: string) => {
    const found = `SELECT 1 FROM agent_message WHERE session_id = '${id}' LIMIT 1`;
    return (await app.dataSource.query<unknown[]>(found)).length > 0;
  };

  it('does not block the event loop when it is deleted, and its rows go afterwards', async () => {
    const id = randomUUID();
    await fill(id);
    const { longest } = await blockingOf(async () => {
      expect((await app.client.delete(id)).status).toBe(204);
      expect((await app.client.get(id)).status).toBe(404);
      await until(async () => !(await hasRows(id)), { what: 'the rows to go', timeoutMs: 30_000 });
    });
    expect(longest).toBeLessThan(BOUND);
  });

  it('nor when it is deleted and created again', async () => {
    const id = randomUUID();
    await fill(id);
    const { longest } = await blockingOf(async () => {
      expect((await app.client.delete(id)).status).toBe(204);
      expect((await app.client.put(id, { state: [{ role: 'user', content: 'new' }] })).status).toBe(201);
    });
    expect(longest).toBeLessThan(BOUND);
    expect((await app.client.messages(id)).body).toEqual([{ role: 'user', content: 'new' }]);
  });

  it('nor when an agent reads its history', async () => {
    const id = randomUUID();
    await fill(id);
    const content = agent.does(({ history }) => `${history.length} ${history.at(-1)?.content}`);
    const { longest, result } = await blockingOf(() => app.client.ask(id, content));
    expect(result).toMatchObject({ response: { content: `${MESSAGES} hello` } });
    expect(longest).toBeLessThan(BOUND);
  });
});
