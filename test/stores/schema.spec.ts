import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';

import { migrations } from '../../src/index.js';
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
