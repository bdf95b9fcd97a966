import { randomUUID } from 'node:crypto';
import pg from 'pg';

import { postgresUrl } from './urls.js';

export interface TestDatabase {
  name: string;
  url: string;
  /** Drops it, and closes all connections to it. */
  drop(): Promise<void>;
}

/** Creates a database on the run's PostgreSQL, or on another server: empty, or a copy of a template. */
export async function createTestDatabase(
  serverUrl = postgresUrl(),
  template = 'template1',
): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // A quarter of the cost of the default, which writes all pages to the log.
  await execute(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    drop: () => dropDatabase(name, serverUrl),
  };
}

/** Closes all connections to it, too. */
export function dropDatabase(name: string, serverUrl = postgresUrl()): Promise<void> {
  return execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
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
