import type { PoolClient } from 'pg';
import type { DataSource } from 'typeorm';

import { withDeadline } from '../../timing/timers.js';
import { isPlanLost } from './postgres-errors.js';
import { poolOf } from './postgres-pool.js';

/** Time limit of the check; a host whose database responds slowly starts without it. */
const CHECK_TIME_MS = 2_000;

const PREPARED = { name: 'agent_sessions_probe', text: 'SELECT 1' };

/**
 * Whether prepared statements persist on their connection. They do not behind a pooler that assigns another server
 * connection to each transaction without transferring prepared statements, such as PgBouncer in transaction mode with
 * `max_prepared_statements = 0`.
 */
export async function poolerKeepsPreparedStatements(dataSource: DataSource): Promise<boolean> {
  const pool = poolOf(dataSource);
  // The check needs two connections at the same time.
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
        // Occupies the server connection on which the first statement was prepared, if a pooler shares it.
        await second.query('BEGIN');
        await first.query(PREPARED);
      })(),
      CHECK_TIME_MS,
    );
  } catch (error) {
    isLost = isPlanLost(error);
  } finally {
    // Closed and not reused, because their state is unknown.
    for (const client of clients) client.release(true);
  }
  return !isLost;
}
