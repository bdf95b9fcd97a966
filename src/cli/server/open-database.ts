import { resolve } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';

import { entities } from '../../database/entities/index.js';
import { migrations } from '../../database/migrations/index.js';
import { withDeadline } from '../../timing/timers.js';
import { CommandFailure, oneLine } from '../failure.js';
import { migrateInTurn } from './migrate-in-turn.js';
import { missingPackage } from './missing-package.js';

/** How long PostgreSQL may take to take a connection, at the start and later, in ms. */
const CONNECT_TIME_MS = 3_000;

/** How long it may take at the start until it has answered a first query, in ms. */
const FIRST_ANSWER_TIME_MS = 5_000;

/** How long a connection may be idle before the system looks whether its other end is there, in ms. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/** Connections to PostgreSQL. */
const POOL_SIZE = 20;

/** Connects to the database and brings its schema up to date. Without a URL it is an SQLite file. */
export async function openDatabase(url: string | undefined): Promise<DataSource> {
  const place = url === undefined ? SQLITE_FILE : `The database ${withoutCredentials(url)}`;
  const dataSource = await connect(url, place);
  try {
    await (dataSource.options.type === 'postgres' ? migrateInTurn(dataSource) : dataSource.runMigrations());
  } catch (error) {
    throw new CommandFailure(`${place}: its schema could not be brought up to date: ${oneLine(error)}`);
  }
  return dataSource;
}

const SQLITE_FILE = 'agent-sessions.sqlite';

async function connect(url: string | undefined, place: string): Promise<DataSource> {
  try {
    // The constructor already looks for the driver.
    const dataSource = new DataSource({
      ...(url === undefined ? sqlite() : postgres(url)),
      entities,
      migrations,
      migrationsTableName: 'agent_migration',
    });
    return await withDeadline(dataSource.initialize(), FIRST_ANSWER_TIME_MS);
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
    connectTimeoutMS: CONNECT_TIME_MS,
    poolSize: POOL_SIZE,
    applicationName: 'agent-sessions',
    // A server that is gone without a word is found even while nothing is asked of it.
    extra: { keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS },
  };
}

function withoutCredentials(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
