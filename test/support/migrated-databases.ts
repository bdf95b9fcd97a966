import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';

import { entities, migrations } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { postgresUrl } from './urls.js';

/** The number of the advisory lock that one worker holds while it creates the template. */
const LOCK = 7_170_281_937;

let postgresTemplate: Promise<string> | undefined;
let sqliteImage: Promise<Buffer> | undefined;

/**
 * Creates a database with the tables on the run's PostgreSQL: a copy of one that is migrated once in the run, because
 * migrations cost ten times as much as the copy.
 */
export async function createMigratedDatabase(): Promise<TestDatabase> {
  postgresTemplate ??= createTemplate(process.env.TEST_POSTGRES_TEMPLATE ?? '');
  return createTestDatabase(postgresUrl(), await postgresTemplate);
}

/** The content of a SQLite file with the tables. */
export async function migratedSqliteFile(): Promise<Buffer> {
  sqliteImage ??= withMigrations({ type: 'better-sqlite3', database: ':memory:' }, ({ driver }) =>
    (driver as unknown as { databaseConnection: { serialize: () => Buffer } }).databaseConnection.serialize(),
  );
  return sqliteImage;
}

/** Unless another worker of the run has created it. */
async function createTemplate(name: string): Promise<string> {
  const server = await new DataSource({ type: 'postgres', url: postgresUrl() }).initialize();
  // Keeps its connection, and so the lock.
  const runner = server.createQueryRunner();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [LOCK]);
    if (!(await exists(runner, name))) {
      const { url, name: unfinished } = await createTestDatabase();
      await withMigrations({ type: 'postgres', url }, () => undefined);
      await runner.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`);
    }
  } finally {
    await runner.release();
    await server.destroy();
  }
  return name;
}

async function exists(runner: QueryRunner, name: string): Promise<boolean> {
  const found = (await runner.query('SELECT FROM pg_database WHERE datname = $1', [name])) as unknown[];
  return found.length > 0;
}

/** Runs the migrations, and what is to be done afterwards. */
async function withMigrations<T>(options: DataSourceOptions, use: (dataSource: DataSource) => T): Promise<T> {
  const dataSource = new DataSource({ ...options, entities, migrations, migrationsRun: true });
  await dataSource.initialize();
  try {
    return use(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
