import { describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import { setTimeout as delay } from 'node:timers/promises';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';

describe.each(sqliteStacks)('a host that shares its SQLite connection, on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, sessionTtl: 3_600_000, maxSessions: 1_000 });
  const connection = () =>
    (app.dataSource.driver as unknown as { databaseConnection: Database }).databaseConnection;

  /** All operations of a client on a session. */
  async function converse(): Promise<void> {
    const { status, body } = await app.client.create({ metadata: { order: 1 } });
    expect(status).toBe(201);
    const id = body.session_id;
    expect(await app.client.ask(id, 'hello')).toMatchObject({ response: { content: 'You said: hello' } });
    expect((await app.client.turns(id)).body).toMatchObject([{ number: 1, status: 'completed' }]);
    expect((await app.client.messages(id)).body).toHaveLength(2);
    expect((await app.client.list()).body[0]).toMatchObject({ session_id: id });
    const held = agent.holds();
    await app.client.send(id, held.content);
    expect((await app.client.cancel(id)).status).toBe(202);
    expect((await app.client.delete(id)).status).toBe(204);
  }

  it('may read integers as bigints by default', async () => {
    connection().defaultSafeIntegers(true);
    try {
      await converse();
    } finally {
      connection().defaultSafeIntegers(false);
    }
  });

  it('may add a column to a table while statements are prepared', async () => {
    await converse();
    connection().exec('ALTER TABLE agent_turn ADD COLUMN host_note text');
    await converse();
  });

  it('may read rows one by one, with pauses: requests wait for the end', async () => {
    const rows = connection()
      .prepare('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n')
      .iterate();
    rows.next();
    const creating = app.client.create();
    await delay(100);
    for (const row of rows) expect(row).toBeDefined();
    expect((await creating).status).toBe(201);
  });

  it('may reconnect its data source: requests are 503 in between, and work afterwards', async () => {
    const { dataSource } = app;
    await dataSource.destroy();
    expect(await app.client.create()).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    await dataSource.initialize();
    await converse();
  });
});
