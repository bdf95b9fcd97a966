import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';

import { SchemaCheck } from '../../src/database/schema-check.js';
import { migrations } from '../../src/index.js';
import { backends, postgresBull, type StackDatabase } from '../support/stacks.js';
import { PgBouncer } from '../support/pgbouncer.js';
import { openDataSource } from './open-stores.js';

describe.each(backends)('the check of the tables on $name', (stack) => {
  let database: StackDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await stack.createDatabase();
    dataSource = await openDataSource(database);
    Logger.overrideLogger(false);
  });
  afterEach(async () => {
    Logger.overrideLogger(['error', 'warn']);
    if (dataSource.isInitialized) await dataSource.destroy();
    await database.remove();
  });

  it('costs one query', async () => {
    await dataSource.runMigrations();
    const query = jest.spyOn(dataSource, 'query');
    await new SchemaCheck(dataSource).check();
    expect(query).toHaveBeenCalledTimes(1);
  });

  it('detects one missing column', async () => {
    await dataSource.runMigrations();
    await dataSource.query('ALTER TABLE agent_message DROP COLUMN details');
    await expect(new SchemaCheck(dataSource).check()).rejects.toThrow('details');
  });

  it('lets a host start while its database is down', async () => {
    jest.spyOn(dataSource, 'query').mockRejectedValueOnce(new Error('connect ECONNREFUSED'));
    await new SchemaCheck(dataSource).check();
  });

  it('lets a host start that connects later by itself', async () => {
    await dataSource.destroy();
    await new SchemaCheck(dataSource).check();
  });
});

describe('the check of the tables in a schema of PostgreSQL', () => {
  it('finds them if the schema is first in the search path, and only then', async () => {
    const database = await postgresBull.createDatabase();
    const options = { ...database.options, schema: 'app', migrations };
    const setting = { extra: { options: '-c search_path=app' } };
    const open = (more: object) => openDataSource({ ...database, options: { ...options, ...more } });
    const before = await open(setting);
    await before.query('CREATE SCHEMA app');
    await before.runMigrations();
    await new SchemaCheck(before).check();
    await before.destroy();
    const without = await open({});
    await expect(new SchemaCheck(without).check()).rejects.toThrow('"agent_session" does not exist');
    await without.destroy();
    await database.remove();
  });

  it('comes after migrations that refuse to create tables elsewhere, and work once the search path is right', async () => {
    const database = await postgresBull.createDatabase();
    const options = { ...database.options, schema: 'app', migrations };
    const open = (more: object) => openDataSource({ ...database, options: { ...options, ...more } });
    const wrong = await open({});
    await wrong.query('CREATE SCHEMA app');
    await expect(wrong.runMigrations()).rejects.toThrow("extra: { options: '-c search_path=app' }");
    const tables = await wrong.query<{ name: string }[]>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_name LIKE 'agent%'`,
    );
    expect(tables).toEqual([]);
    await wrong.destroy();
    const right = await open({ extra: { options: '-c search_path=app' } });
    await right.runMigrations();
    await new SchemaCheck(right).check();
    await right.destroy();
    await database.remove();
  });
});

describe('the check of a connection pooler', () => {
  it.each([
    ['that loses prepared statements keeps the host from starting', 'transaction', 'max_prepared_statements'],
    ['that gives each client a connection of its own lets it start', 'session', undefined],
  ] as const)('%s', async (_what, poolMode, problem) => {
    const database = await postgresBull.createDatabase();
    const direct = await openDataSource(database);
    await direct.runMigrations();
    await direct.destroy();
    const url = 'url' in database.options ? String(database.options.url) : '';
    const pooler = await PgBouncer.start(url, poolMode);
    const dataSource = await openDataSource({
      ...database,
      options: { ...database.options, url: pooler.url } as StackDatabase['options'],
    });
    try {
      const check = new SchemaCheck(dataSource).check();
      if (problem === undefined) await check;
      else await expect(check).rejects.toThrow(problem);
    } finally {
      await dataSource.destroy();
      await pooler.stop();
      await database.remove();
    }
  });
});
