import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { postgresBull, useApp, type StackDatabase } from '../support/stacks.js';
import { until } from '../support/until.js';

describe('a PostgreSQL that becomes read-only', () => {
  let database: StackDatabase;
  let admin: DataSource;
  const agent = new ScriptedAgent();
  const given = {} as StackDatabase;
  beforeAll(async () => {
    database = await postgresBull.createDatabase();
    admin = await new DataSource(database.options).initialize();
    Object.assign(given, database);
  });
  const app = useApp({ ...postgresBull, adapter: 'express' }, { agent, database: given, lease: 2_000 });
  afterAll(async () => {
    await admin.destroy();
    await database.remove();
  });

  /** Ends the open connections, which keep the setting that they began with. */
  async function setReadOnly(readOnly: boolean): Promise<void> {
    const name = new URL((database.options as DataSourceOptions & { url: string }).url).pathname.slice(1);
    await admin.query('SET default_transaction_read_only = off');
    await admin.query(
      `ALTER DATABASE ${name} SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}`,
    );
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
      [name],
    );
  }

  it('answers 503 to what writes, goes on reading, keeps results, and recovers', async () => {
    const { client } = app;
    const [idle, busy] = [await client.newSession({ metadata: { kept: true } }), await client.newSession()];
    const held = agent.holds();
    const sent = await client.send(busy, held.content);
    await held.started;

    await setReadOnly(true);
    // The first requests may find that their connections were ended.
    await until(async () => (await client.get(idle)).status === 200, { what: 'a read' });
    for (const answer of [
      await client.create({}),
      await client.send(idle, 'hello'),
      await client.cancel(busy),
      await client.delete(idle),
    ]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    }
    const reads = [client.get(idle), client.messages(idle), client.turns(busy), client.list()];
    for (const { status } of await Promise.all(reads)) expect(status).toBe(200);
    held.answer('kept');
    await until(async () => (await client.get(busy)).body.status === 'running', { what: 'the session' });

    await setReadOnly(false);
    expect(await client.settled(busy)).toMatchObject({ status: 'idle', response: { content: 'kept' } });
    expect((await client.turns(busy)).body).toMatchObject([{ turn_id: sent.body.turn_id, attempt: 1 }]);
    // The first requests may find that their connections were ended.
    await until(async () => (await client.create({})).status === 201, { what: 'a session' });
    const asked = Array.from({ length: 12 }, async () => client.ask(await client.newSession(), 'hello'));
    for (const { status } of await Promise.all(asked)) expect(status).toBe('idle');
  }, 40_000);
});
