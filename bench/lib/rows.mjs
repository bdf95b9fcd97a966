import pg from 'pg';

import { atEnd } from './cleanup.mjs';

/** Microseconds since 1970, on PostgreSQL. */
export const NOW = '(extract(epoch FROM clock_timestamp()) * 1000000)::bigint';

const OWNERS = 1_000;

/** A connection that is closed at the end. */
export async function connect(url) {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  // PostgreSQL is stopped before the program ends.
  connection.on('error', () => undefined);
  atEnd(() => connection.end());
  return connection;
}

/**
 * Finished sessions with one turn each, and deliveries that are not due, in a database with tables. One session in
 * 1,000 ended in an error; one in five has a metadata entry.
 */
export async function fillPostgres(connection, { sessions, messages, deliveries }) {
  // Leaves out the checks of foreign keys, which would take most of the time.
  await connection.query('SET session_replication_role = replica');
  await connection.query(`
    INSERT INTO agent_session (id, module, owner, status, message_count, history_bytes, turn_count, created_at,
      updated_at, settled_at)
    SELECT gen_random_uuid(), 'default', 'owner ' || n % ${OWNERS}, CASE WHEN n % 1000 = 0 THEN 'error' ELSE 'idle' END,
      ${messages}, ${messages * 60}, 1, moment.now - n, moment.now - n, moment.now - n
    FROM (SELECT ${NOW} AS now) moment, generate_series(1, ${sessions}) n`);
  await connection.query(`
    INSERT INTO agent_session_metadata (session_id, key, value, module, owner, created_at)
    SELECT id, 'customer', 'customer ' || floor(random() * ${OWNERS}), module, owner, created_at FROM agent_session
    LIMIT ${Math.ceil(sessions / 5)}`);
  await connection.query(`
    INSERT INTO agent_message (session_id, position, role, content)
    SELECT id, n, CASE n % 2 WHEN 0 THEN 'user' ELSE 'assistant' END, 'a message of a few words'
    FROM agent_session, generate_series(0, ${messages - 1}) n`);
  await connection.query(`
    INSERT INTO agent_turn (id, session_id, module, number, status, input, attempt, lost_runs, created_at, queued_at,
      started_at, ended_at)
    SELECT gen_random_uuid(), id, 'default', 1, 'completed', '{"role":"user","content":"hello"}', 1, 0, created_at,
      created_at, created_at, created_at
    FROM agent_session`);
  await connection.query(`
    INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, allow_private_addresses, status,
      next_attempt_at, claim, tries, attempts, session_status, total_duration, created_at)
    SELECT gen_random_uuid(), 'default', session_id, id, 'https://example.com/', 'https://example.com', false, 'pending',
      ${NOW} + 86400000000, 0, 1, '[]', 'idle', 1, created_at FROM agent_turn LIMIT ${deliveries}`);
  await connection.query('SET session_replication_role = origin');
  await connection.query('VACUUM ANALYZE');
  // Otherwise its writes would slow down what is measured first.
  await connection.query('CHECKPOINT');
}

/** The same in SQLite, where `run` executes one statement. */
export function fillSqlite(database, { sessions, messages }) {
  const id = `lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-8' ||
    substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))`;
  const now = `(SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000000)`;
  const series = (count) =>
    `WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ${count})`;
  database.exec(`BEGIN;
    ${series(sessions)}
    INSERT INTO agent_session (id, module, owner, status, message_count, history_bytes, turn_count, created_at,
      updated_at, settled_at)
    SELECT ${id}, 'default', 'owner ' || n % ${OWNERS}, CASE WHEN n % 1000 = 0 THEN 'error' ELSE 'idle' END, ${messages},
      ${messages * 60}, 1, ${now} - n, ${now} - n, ${now} - n FROM series;
    ${series(messages)}
    INSERT INTO agent_message (session_id, position, role, content)
    SELECT id, n - 1, 'user', 'a message of a few words' FROM agent_session, series;
    INSERT INTO agent_turn (id, session_id, module, number, status, input, attempt, lost_runs, created_at, queued_at)
    SELECT ${id}, id, 'default', 1, 'completed', '{"role":"user","content":"hello"}', 1, 0, created_at, created_at
    FROM agent_session;
    COMMIT; ANALYZE;`);
}
