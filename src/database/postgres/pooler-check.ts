import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';

import { withDeadline } from '../../timing/timers.js';
import { isPlanLost } from './postgres-errors.js';
import { poolOf } from './postgres-pool.js';

/** How long the check may take, in ms; a host whose database is slow to answer starts without it. */
const CHECK_TIME_MS = 2_000;

const PREPARED = { name: 'agent_sessions_probe', text: 'SELECT 1' };

/**
 * Whether prepared statements stay with their connection. They do not behind a pooler that gives each transaction
 * another connection to the server and does not carry prepared statements along, such as PgBouncer in transaction
 * mode with `max_prepared_statements = 0`.
 */
export async function poolerKeepsPreparedStatements(dataSource: DataSource): Promise<boolean> {
  const pool = poolOf(dataSource);
  // The check needs two connections at once.
  if (pool.options.max < 2) return true;
  const clients: PoolClient[] = [];
  const connect = async () => {
    const client = await pool.connect();
    clients.push(client);
    return client;
  };
  let isLost = false;
  try {
    await withDeadline(
      (async () => {
        const first = await connect();
        await first.query(PREPARED);
        const second = await connect();
        // Holds the connection to the server that the first statement was prepared on, if a pooler shares it.
        await second.query('BEGIN');
        await first.query(PREPARED);
      })(),
      CHECK_TIME_MS,
    );
  } catch (error) {
    isLost = isPlanLost(error);
  } finally {
    // Closed and not used again: what they are in the middle of is not known.
    for (const client of clients) client.release(true);
  }
  return !isLost;
}
