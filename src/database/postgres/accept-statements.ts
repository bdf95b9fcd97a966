import { NOT_CALLED_YET } from '../database.options.js';
import { HISTORY_TUPLES, LOCK_LIMIT, NOW, scoped } from './sql-fragments.js';

/** Sets a session to running and inserts its turn, with these values in addition to those of every new turn. */
function accept(turn: Record<string, string>): string {
  return `
    WITH ${LOCK_LIMIT}, session AS (
      UPDATE agent_session s
      SET status = 'running', response = NULL, error = NULL, current_turn_id = $6::uuid,
        turn_count = s.turn_count + 1
      FROM lock_limit
      WHERE ${scoped('s', { id: '$2', module: '$3', owner: '$4', ttl: '$5' })}
        AND s.status IN ('idle', 'error') AND s.history_bytes <= $10::bigint
      RETURNING s.id, s.turn_count, s.owner, s.message_count, s.history_bytes, s.history_version
    ), turn AS (
      INSERT INTO agent_turn
        (id, session_id, module, number, input, webhook, trace_id, traceparent, created_at, queued_at,
          ${Object.keys(turn).join(', ')})
      SELECT $6::uuid, session.id, $3::text, session.turn_count, $7::text, $8::text, substr($9::text, 4, 32), $9::text,
        moment.now, moment.now, ${Object.values(turn).join(', ')}
      FROM session, (SELECT ${NOW} AS now) moment
      RETURNING id
    )`;
}

/**
 * $1 lock limit, $2 session, $3 module, $4 owner, $5 ttl, $6 turn, $7 input, $8 webhook, $9 traceparent, $10 the
 * largest history that leaves room for the message
 */
export const ACCEPT = {
  name: 'accept_turn',
  text: `${accept({ status: `'queued'`, attempt: '0', lost_runs: '0' })}
    SELECT session.owner FROM turn, session`,
};

/**
 * The same as running, with its first run. The history comes along where the statement sees the same one as the
 * session's row, which may have been waited for, and changed meanwhile. …$11 lease, $12 worker, $13 and $14 the most
 * bytes and messages of a history that comes along
 */
export const ACCEPT_RUNNING = {
  name: 'accept_running_turn',
  text: `${accept({
    status: `'running'`,
    attempt: '1',
    lost_runs: String(NOT_CALLED_YET),
    started_at: 'moment.now',
    lease_until: 'moment.now + $11::bigint',
    worker: '$12::uuid',
  })}
    SELECT session.owner, session.message_count, CASE
      WHEN session.message_count = 0 THEN '[]'
      WHEN session.history_bytes <= $13::bigint AND session.message_count <= $14::int THEN (
        SELECT ${HISTORY_TUPLES} FROM agent_session seen JOIN agent_message m ON m.session_id = seen.id
        WHERE seen.id = session.id AND seen.history_version = session.history_version
          AND seen.message_count = session.message_count
      ) END AS history
    FROM turn, session`,
};

/** The reason for which a turn was not accepted. $1 session, $2 module, $3 owner, $4 ttl */
export const UNFINISHED_TURN = {
  name: 'unfinished_turn',
  text: `SELECT s.current_turn_id AS turn_id, s.history_bytes FROM agent_session s
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}`,
};
