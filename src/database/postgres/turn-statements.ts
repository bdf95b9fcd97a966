import { ENDED_TURN, HISTORY_BEFORE, leaveDelivery } from './leave-delivery.js';
import { LOCK_LIMIT, NOW, scoped } from './sql-fragments.js';

// Each guarded transition is one statement, so that it costs one round trip. A data-modifying CTE whose guard
// finds no row leaves nothing for the CTEs that are joined to it. Whatever locks a session and its turn locks
// the session first, so that no two of them wait for each other.

const SESSION = scoped('s', { id: '$2', module: '$3', owner: '$4', ttl: '$5' });

/** $1 lock limit, $2 session, $3 module, $4 owner, $5 ttl, $6 turn, $7 input, $8 webhook, $9 traceparent */
export const ACCEPT = {
  name: 'accept_turn',
  text: `
    WITH ${LOCK_LIMIT}, session AS (
      UPDATE agent_session s
      SET status = 'running', response = NULL, error = NULL, current_turn_id = $6::uuid,
        turn_count = s.turn_count + 1
      FROM lock_limit
      WHERE ${SESSION} AND s.status IN ('idle', 'error')
      RETURNING s.id, s.turn_count, s.owner
    ), turn AS (
      INSERT INTO agent_turn
        (id, session_id, module, number, status, input, webhook, trace_id, traceparent, attempt, lost_runs,
          created_at, queued_at)
      SELECT $6::uuid, session.id, $3::text, session.turn_count, 'queued', $7::text, $8::text,
        substr($9::text, 4, 32), $9::text, 0, 0, moment.now, moment.now
      FROM session, (SELECT ${NOW} AS now) moment
      RETURNING id
    )
    SELECT turn.id, session.owner FROM turn, session`,
};

/** Why a turn was not accepted. $1 session, $2 module, $3 owner, $4 ttl */
export const UNFINISHED_TURN = {
  name: 'unfinished_turn',
  text: `SELECT s.current_turn_id AS turn_id FROM agent_session s
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}`,
};

/** $1 turn, $2 module, $3 lease, $4 whether it runs alone, $5 max attempts */
export const CLAIM = {
  name: 'claim_turn',
  text: `
    WITH turn AS (
      UPDATE agent_turn t
      SET status = 'running', attempt = t.attempt + 1, lease_until = moment.now + $3::bigint,
        started_at = coalesce(t.started_at, moment.now)
      FROM (SELECT ${NOW} AS now) moment
      WHERE t.id = $1::uuid AND t.module = $2::text AND t.status = 'queued'
        AND ($4::boolean OR t.lost_runs = 0 OR t.lost_runs + 1 < $5::int)
      RETURNING t.session_id, t.attempt, t.input, t.webhook IS NOT NULL AS has_webhook, t.traceparent,
        moment.now - t.queued_at AS waited
    )
    SELECT turn.*, (SELECT s.owner FROM agent_session s WHERE s.id = turn.session_id) AS owner, (
      SELECT coalesce(json_agg(json_build_array(m.role, m.content, m.details) ORDER BY m.position), '[]')::text
      FROM agent_message m WHERE m.session_id = turn.session_id
    ) AS history
    FROM turn`,
};

/** Whether a turn waits in the queue. $1 turn, $2 module */
export const IS_QUEUED = {
  name: 'is_queued_turn',
  text: `SELECT id FROM agent_turn WHERE id = $1::uuid AND module = $2::text AND status = 'queued'`,
};

/** $1 turns, $2 attempts, $3 lease; the turns whose lease holds */
export const RENEW = {
  name: 'renew_turns',
  text: `
    WITH renewed AS (
      UPDATE agent_turn t SET lease_until = ${NOW} + $3::bigint
      FROM unnest($1::uuid[], $2::int[]) run (id, attempt)
      WHERE t.id = run.id AND t.attempt = run.attempt AND t.status = 'running'
      RETURNING t.id
    )
    SELECT id FROM renewed`,
};

/** A run's session, locked, and its turn, ended if the run still holds it. $1 session, $2 turn, $3 attempt, $4 tokens */
function endOfRun(change: string, guard = ''): string {
  return `
    session AS MATERIALIZED (
      SELECT id, message_count FROM agent_session WHERE id = $1::uuid FOR UPDATE
    ), turn AS (
      UPDATE agent_turn t
      SET ${change}, lease_until = NULL, ended_at = ${NOW},
        total_tokens = CASE WHEN $4::bigint IS NULL THEN t.total_tokens
          ELSE coalesce(t.total_tokens, 0) + $4::bigint END
      FROM session
      WHERE t.id = $2::uuid AND t.session_id = session.id AND t.attempt = $3::int AND t.status = 'running' ${guard}
      RETURNING ${ENDED_TURN}
    )`;
}

/** What ends with any turn, beside what the end's own kind changes. */
function settleSession(change: string): string {
  return `
    settled AS (
      UPDATE agent_session s SET ${change}, current_turn_id = NULL, settled_at = ${NOW}
      FROM turn, session WHERE s.id = session.id
    )`;
}

/** …$5 response, $6 roles, $7 contents, $8 details of the messages that are added */
export const COMPLETE = {
  name: 'complete_turn',
  text: `
    WITH ${endOfRun(`status = 'completed', response = $5::text`)},
    ${settleSession(`status = 'idle', response = $5::text, error = NULL,
      message_count = s.message_count + cardinality($6::text[])`)},
    recorded AS (
      INSERT INTO agent_message (session_id, position, role, content, details)
      SELECT session.id, session.message_count + m.ordinality - 1, m.role, m.content, m.details
      FROM turn, session,
        unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY m (role, content, details)
    ),
    ${leaveDelivery('idle', {
      response: '$5::text',
      history: `${HISTORY_BEFORE}
        UNION ALL SELECT session.message_count + m.ordinality - 1, m.role, m.content, m.details
        FROM session, unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY m (role, content, details)`,
    })}
    SELECT id FROM turn`,
};

/**
 * Before {@link COMPLETE}, in its transaction, where the agent replaced the history. It locks the turn as well:
 * only locked rows are looked at again when the session was waited for, and a cancel may have ended the turn by
 * then. $1 session, $2 turn, $3 attempt
 */
export const FORGET_HISTORY = {
  name: 'forget_history',
  text: `
    WITH session AS (
      SELECT s.id FROM agent_session s JOIN agent_turn t ON t.session_id = s.id
      WHERE s.id = $1::uuid AND t.id = $2::uuid AND t.attempt = $3::int AND t.status = 'running'
      FOR UPDATE OF s, t
    ), forgotten AS (
      DELETE FROM agent_message m USING session WHERE m.session_id = session.id
    ), emptied AS (
      UPDATE agent_session s SET message_count = 0 FROM session WHERE s.id = session.id
    )
    SELECT id FROM session`,
};

/** …$5 error */
export const FAIL = {
  name: 'fail_turn',
  text: `
    WITH ${endOfRun(`status = 'failed', error = $5::text`)},
    ${settleSession(`status = 'error', response = NULL, error = $5::text`)},
    ${leaveDelivery('error', { error: '$5::text' })}
    SELECT id FROM turn`,
};

/** As {@link FAIL}, for a run whose worker fell silent. …$6 max attempts */
export const FAIL_LOST = {
  name: 'fail_lost_turn',
  text: `
    WITH ${endOfRun(
      `status = 'failed', error = $5::text, lost_runs = t.lost_runs + 1`,
      `AND t.lease_until < ${NOW} AND t.lost_runs + 1 >= $6::int`,
    )},
    ${settleSession(`status = 'error', response = NULL, error = $5::text`)},
    ${leaveDelivery('error', { error: '$5::text' })}
    SELECT id FROM turn`,
};

/** $1 turn, $2 attempt */
export const REQUEUE = {
  name: 'requeue_turn',
  text: `
    WITH requeued AS (
      UPDATE agent_turn t SET status = 'queued', lease_until = NULL, queued_at = ${NOW}
      WHERE t.id = $1::uuid AND t.attempt = $2::int AND t.status = 'running'
      RETURNING t.id
    )
    SELECT id FROM requeued`,
};

/** $1 lock limit, $2 session, $3 module, $4 owner, $5 ttl, $6 turn or null, $7 error */
export const CANCEL = {
  name: 'cancel_turn',
  text: `
    WITH ${LOCK_LIMIT}, session AS MATERIALIZED (
      SELECT s.id, s.owner, s.current_turn_id FROM agent_session s, lock_limit
      WHERE ${SESSION} FOR UPDATE OF s
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'cancelled', error = $7::text, lease_until = NULL, ended_at = ${NOW}
      FROM session
      WHERE t.id = session.current_turn_id AND t.status IN ('queued', 'running', 'interrupted')
        AND ($6::uuid IS NULL OR t.id = $6::uuid)
      RETURNING ${ENDED_TURN}
    ), ${settleSession(`status = 'error', response = NULL, error = $7::text`)},
    ${leaveDelivery('error', { error: '$7::text' })}
    SELECT session.current_turn_id AS turn_id, session.owner, EXISTS (SELECT FROM turn) AS cancelled
    FROM session`,
};

/** $1 module, $2 own turns, $3 limit; runs whose lease has expired */
export const LOST_RUNS = {
  name: 'lost_runs',
  text: `
    SELECT t.id, t.session_id, t.attempt, t.lost_runs + 1 AS lost_runs, s.owner
    FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
    WHERE t.module = $1::text AND t.status = 'running' AND t.lease_until < ${NOW} AND t.id <> ALL ($2::uuid[])
    ORDER BY t.lease_until LIMIT $3::int`,
};

/** $1 turn, $2 attempt, $3 max attempts */
export const REQUEUE_LOST = {
  name: 'requeue_lost_turn',
  text: `
    WITH requeued AS (
      UPDATE agent_turn t
      SET status = 'queued', lease_until = NULL, queued_at = ${NOW}, lost_runs = t.lost_runs + 1
      WHERE t.id = $1::uuid AND t.attempt = $2::int AND t.status = 'running' AND t.lease_until < ${NOW}
        AND t.lost_runs + 1 < $3::int
      RETURNING t.id
    )
    SELECT id FROM requeued`,
};

/** $1 module, $2 least age, $3 limit */
export const QUEUED = {
  name: 'queued_turns',
  text: `
    SELECT id FROM agent_turn WHERE module = $1::text AND status = 'queued' AND queued_at <= ${NOW} - $2::bigint
    ORDER BY queued_at LIMIT $3::int`,
};

/** $1 session */
export const LIST = {
  name: 'list_turns',
  text: `
    SELECT id, number, status, input, response, error, attempt, total_tokens, created_at, started_at, ended_at
    FROM agent_turn WHERE session_id = $1 ORDER BY number`,
};
