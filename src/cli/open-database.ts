import { resolve } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';

import { entities } from '../database/entities.js';
import { migrations } from '../database/migrations/index.js';
import { CommandFailure, oneLine } from './failure.js';

/** How long PostgreSQL may take to answer at the start, and to give a connection later, in ms. */
const CONNECT_TIME = 5_000;

/** Connections to PostgreSQL. */
const POOL_SIZE = 20;

/** Any number; processes that start at once wait for each other on it. */
const MIGRATION_LOCK = 7_170_281_936;

/** Connects to the database and brings its schema up to date. Without a URL it is an SQLite file. */
export async function openDatabase(url: string | undefined): Promise<DataSource> {
  const place = url === undefined ? 'agent-sessions.sqlite' : withoutCredentials(url);
  const dataSource = new DataSource({
    ...(url === undefined ? sqlite() : postgres(url)),
    entities,
    migrations,
    migrationsTableName: 'agent_migration',
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    const problem = oneLine(error);
    const missing = /run "?(npm i(?:nstall)? [\w-]+)/i.exec(problem)?.[1];
    throw new CommandFailure(
      missing
        ? `A driver is not installed: run ${missing}`
        : `The database ${place} does not answer: ${problem}`,
    );
  }
  try {
    await migrate(dataSource);
  } catch (error) {
    throw new CommandFailure(`The schema of ${place} could not be brought up to date: ${oneLine(error)}`);
  }
  return dataSource;
}

function sqlite(): DataSourceOptions {
  return { type: 'better-sqlite3', database: resolve('agent-sessions.sqlite'), enableWAL: true };
}

function postgres(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    connectTimeoutMS: CONNECT_TIME,
    poolSize: POOL_SIZE,
    applicationName: 'agent-sessions',
  };
}

async function migrate(dataSource: DataSource): Promise<void> {
  if (dataSource.options.type !== 'postgres') {
    await dataSource.runMigrations();
    return;
  }
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
  } finally {
    await lock.release();
  }
}

function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
