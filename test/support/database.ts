import { randomUUID } from 'node:crypto';
import pg from 'pg';

import { postgresUrl } from './urls.js';

export interface TestDatabase {
  url: string;
  /** Drops it, and closes all connections to it. */
  drop(): Promise<void>;
}

/** Creates an empty database on the run's PostgreSQL, or on another server. */
export async function createTestDatabase(serverUrl = postgresUrl()): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
