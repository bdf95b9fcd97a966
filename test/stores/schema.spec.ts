import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';

import { createStores } from '../../src/database/stores.js';
import { migrations } from '../../src/index.js';
import { findableEntries } from '../../src/sessions/metadata.js';
import { UUID } from '../support/instants.js';
import { backends, type StackDatabase } from '../support/stacks.js';
import { openDataSource } from './open-stores.js';

describe.each(backends)('the migrations on $name', (backend) => {
  let database: StackDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await backend.createDatabase();
    dataSource = await openDataSource(database);
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.remove();
  });

  /** The statements that would change the schema to match the entities. */
  async function missing(): Promise<string[]> {
    return (await dataSource.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);
  }

  async function objects(): Promise<string[]> {
    const rows = await dataSource.query<{ name: string }[]>(
      dataSource.options.type === 'postgres'
        ? `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace`
        : `SELECT name FROM sqlite_master`,
    );
    return rows.map(({ name }) => name).filter((name) => name.includes('agent_'));
  }

  it('create the schema of the entities, so that a host’s own migrations find no difference', async () => {
    expect(await missing()).not.toEqual([]);
    await dataSource.runMigrations();
    expect(await missing()).toEqual([]);
  });

  it('can be reverted without a trace, and run again', async () => {
    await dataSource.runMigrations();
    const made = await objects();
    expect(made).toEqual(expect.arrayContaining(['agent_session', 'agent_message', 'agent_turn']));
    for (let count = migrations.length; count > 0; count--) await dataSource.undoLastMigration();
    expect(await objects()).toEqual([]);
    await dataSource.runMigrations();
    expect((await objects()).sort()).toEqual(made.sort());
  });

  it('are named and ordered by the timestamps in their names', () => {
    const names = migrations.map((Migration) => new Migration().name);
    const instants = names.map((name) => Number(/\d{13}$/.exec(name)?.[0]));
    expect(instants).toEqual(instants.toSorted((one, other) => one - other));
    expect(new Set(instants).size).toBe(migrations.length);
    expect(names).toEqual(migrations.map(({ name }) => name));
  });

  it('fill what screens need of sessions from before', async () => {
    const before = migrations.findIndex(({ name }) => name.startsWith('ListAgentSessions'));
    const old = await openDataSource(database, migrations.slice(0, before));
    await old.runMigrations();
    const id = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;
    const metadata = {
      customer: 'c-17',
      seats: 5,
      trial: false,
      price: 1.5,
      nested: { a: 1 },
      none: null,
      'ü"': 'é',
    };
    await old.query(
      `INSERT INTO agent_session (id, module, owner, status, metadata, message_count, turn_count, current_turn_id,
         created_at, settled_at)
       VALUES ('${id(0)}', 'test', 'ada', 'idle', '${JSON.stringify(metadata)}', 1, 2, NULL, 1000000, 5000000),
         ('${id(1)}', 'test', NULL, 'running', NULL, 0, 1, '${id(4)}', 2000000, 2000000),
         ('${id(2)}', 'test', NULL, 'idle', '{}', 0, 0, NULL, 3000000, 3000000)`,
    );
    await old.query(
      `INSERT INTO agent_turn (id, session_id, module, number, status, input, attempt, lost_runs, created_at, queued_at)
       VALUES ('${id(5)}', '${id(0)}', 'test', 1, 'failed', '{}', 1, 0, 1, 1),
         ('${id(3)}', '${id(0)}', 'test', 2, 'completed', '{}', 1, 0, 1, 1),
         ('${id(4)}', '${id(1)}', 'test', 1, 'running', '{}', 1, 0, 9000000, 9000000)`,
    );
    await old.query(
      `INSERT INTO agent_message (session_id, position, role, content) VALUES ('${id(0)}', 0, 'user', 'hi')`,
    );
    await old.destroy();
    await dataSource.runMigrations();

    const { sessions } = createStores(dataSource, {
      module: 'test',
      lease: 1,
      maxAttempts: 1,
      maxHistory: 1,
    });
    const at = (seconds: number) => new Date(seconds * 1000).toISOString();
    expect((await sessions.list({}, { limit: 10, order: 'updated' })).sessions).toMatchObject([
      { session_id: id(1), turn_id: id(4), created_at: at(2), updated_at: at(9) },
      { session_id: id(0), turn_id: id(3), created_at: at(1), updated_at: at(5), metadata },
      { session_id: id(2), turn_id: null, created_at: at(3), updated_at: at(3), metadata: {} },
    ]);
    const findable = findableEntries(metadata);
    expect(findable).toHaveLength(5);
    for (const entry of findable) {
      const found = await sessions.list({ owner: 'ada' }, { limit: 10, metadata: [entry] });
      expect([entry, found.sessions]).toMatchObject([entry, [{ session_id: id(0) }]]);
    }
    const rows = await dataSource.query<unknown[]>('SELECT * FROM agent_session_metadata');
    expect(rows).toHaveLength(5);
    const read = await sessions.history({}, id(0), { after: 0, limit: 10, ids: true });
    expect(read?.messages).toEqual([
      { role: 'user', content: 'hi', message_id: UUID, turn_id: null, created_at: at(1) },
    ]);
    expect(await sessions.history({}, id(0), { after: 0, limit: 10, ids: true })).toEqual(read);
  });

  it('make the database refuse a second unfinished turn of a session', async () => {
    await dataSource.runMigrations();
    const id = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;
    await dataSource.query(
      `INSERT INTO agent_session (id, module, status, message_count, turn_count, created_at, settled_at)
       VALUES ('${id(0)}', 'test', 'running', 0, 1, 0, 0)`,
    );
    const insert = (number: number, status: string) =>
      dataSource.query(
        `INSERT INTO agent_turn
           (id, session_id, module, number, status, input, attempt, lost_runs, created_at, queued_at)
         VALUES ('${id(number)}', '${id(0)}', 'test', ${number}, '${status}', '{}', 0, 0, 0, 0)`,
      );
    await insert(1, 'running');
    for (const status of ['queued', 'running', 'interrupted']) {
      await expect(insert(2, status)).rejects.toThrow(/unique/i);
    }
    await insert(2, 'completed');
    await insert(3, 'failed');
  });
});
