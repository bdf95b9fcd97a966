import { resolve } from 'node:path';
import { DataSource, type DataSourceOptions, type Logger } from 'typeorm';

import { entities } from '../../database/entities/index.js';
import { migrations } from '../../database/migrations/index.js';
import { withDeadline } from '../../timing/timers.js';
import { CommandFailure, oneLine } from '../failure.js';
import { migrateInTurn } from './migrate-in-turn.js';
import { missingPackage } from './missing-package.js';
import type { StartOptions } from './start-options.js';

/** Time limit for connecting to PostgreSQL. */
const CONNECT_TIMEOUT_MS = 3_000;

/** Time limit at start for the answer to a first query. */
const FIRST_QUERY_TIMEOUT_MS = 5_000;

/** Idle time after which TCP keep-alive probes start. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/** Maximum number of connections to PostgreSQL. */
const POOL_SIZE = 20;

/** Connects to the database and runs pending migrations, unless others do. Without a URL it is an SQLite file. */
export async function openDatabase({
  database: url,
  migrations: migrates,
}: Pick<StartOptions, 'database' | 'migrations'>): Promise<DataSource> {
  const place = url === undefined ? SQLITE_FILE : `The database ${withoutCredentials(url)}`;
  const dataSource = await connect(url, place);
  if (!migrates) return dataSource;
  try {
    await (dataSource.options.type === 'postgres' ? migrateInTurn(dataSource) : dataSource.runMigrations());
  } catch (error) {
    const problem = oneLine(error);
    const hint = problem.includes('already exists')
      ? '. If its tables come from "agent-sessions migrations", start with --no-migrations'
      : '';
    throw new CommandFailure(`${place}: its schema could not be brought up to date: ${problem}${hint}`);
  }
  return dataSource;
}

/** TypeORM would print the failure of a migration, which is reported in one line. */
const SILENT: Logger = {
  logQuery: () => undefined,
  logQueryError: () => undefined,
  logQuerySlow: () => undefined,
  logSchemaBuild: () => undefined,
  logMigration: () => undefined,
  log: () => undefined,
};

const SQLITE_FILE = 'agent-sessions.sqlite';

async function connect(url: string | undefined, place: string): Promise<DataSource> {
  try {
    // The constructor already loads the driver.
    const dataSource = new DataSource({
      ...(url === undefined ? sqlite() : postgres(url)),
      entities,
      migrations,
      migrationsTableName: 'agent_migration',
      logger: SILENT,
    });
    return await withDeadline(dataSource.initialize(), FIRST_QUERY_TIMEOUT_MS);
  } catch (error) {
    const problem = missingPackage(error);
    if (problem instanceof CommandFailure) throw problem;
    const what = url === undefined ? 'cannot be opened' : 'does not answer';
    throw new CommandFailure(`${place} ${what}: ${oneLine(error)}`);
  }
}

function sqlite(): DataSourceOptions {
  return { type: 'better-sqlite3', database: resolve(SQLITE_FILE), enableWAL: true };
}

function postgres(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: POOL_SIZE,
    applicationName: 'agent-sessions',
    // Detects a server that disappeared silently, even while no query runs.
    extra: { keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS },
  };
}

function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
