import { OWN_PROCESS } from '../database.options.js';
import { ENDED_TURN, keepShownHistory, leaveDelivery } from './leave-delivery.js';
import { HISTORY_TUPLES, LOCK_LIMIT, NOW, NOW_ONCE, scoped } from './sql-fragments.js';

// Each guarded transition is one statement, so it costs one round trip. If the guard of a data-modifying CTE finds no
// row, the CTEs that are joined to it change nothing. Statements that lock a session and its turn lock the session
// first, so that they cannot deadlock.

const SESSION = scoped('s', { id: '$2', module: '$3', owner: '$4', ttl: '$5' });

/**
 * $1 turn, $2 module, $3 lease, $4 worker, $5 max attempts, $6 and $7 the most bytes and messages of a history that
 * comes with the claim, $8 whether a last run is isolated, so that it cannot be the cause of its worker's death
 */
export const CLAIM = {
  name: 'claim_turn',
  text: `
    WITH free AS (
      SELECT id FROM agent_turn
      WHERE id = $1::uuid AND module = $2::text AND status = 'queued' FOR UPDATE SKIP LOCKED
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'running', attempt = t.attempt + 1, lease_until = moment.now + $3::bigint,
        started_at = coalesce(t.started_at, moment.now), worker = CASE WHEN t.lost_runs > 0 AND t.lost_runs + 1 >= $5::int AND $8::boolean
          THEN '${OWN_PROCESS}'::uuid
          ELSE $4::uuid END,
        suspect = t.lost_runs > 0 AND t.lost_runs + 1 >= $5::int AND NOT $8::boolean
      FROM free, (SELECT ${NOW} AS now) moment
      WHERE t.id = free.id AND t.status = 'queued'
      RETURNING t.session_id, t.attempt, t.input, t.webhook IS NOT NULL AS has_webhook, t.traceparent,
        t.lost_runs > 0 AND t.lost_runs + 1 >= $5::int AS last_run, moment.now - t.queued_at AS waited
    )
    SELECT turn.*, s.owner, s.message_count, CASE
      WHEN s.history_bytes <= $6::bigint AND s.message_count <= $7::int THEN (
        SELECT coalesce(${HISTORY_TUPLES}, '[]') FROM agent_message m WHERE m.session_id = turn.session_id
      ) END AS history
    FROM turn, agent_session s WHERE s.id = turn.session_id`,
};

/**
 * Renews leases that are not locked by another transaction, because waiting for one row would let the other leases
 * expire. Nor does it wait for the disk: a renewal that a crash of the database undoes is repeated by the next one.
 * $1 turns, $2 attempts, $3 lease; for each turn whether it is renewed and whether it is still the run's
 */
export const RENEW = {
  name: 'renew_turns',
  text: `
    WITH no_wait AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true)
    ), run AS (
      SELECT * FROM unnest($1::uuid[], $2::int[]) run (id, attempt)
    ), free AS (
      SELECT t.id FROM agent_turn t, run
      WHERE t.id = run.id AND t.attempt = run.attempt AND t.status = 'running'
      ORDER BY t.id FOR UPDATE OF t SKIP LOCKED
    ), renewed AS (
      UPDATE agent_turn t SET lease_until = ${NOW} + $3::bigint, lost_runs = greatest(t.lost_runs, 0)
      FROM free, no_wait WHERE t.id = free.id
      RETURNING t.id
    )
    SELECT run.id, renewed.id IS NOT NULL AS renewed, t.id IS NULL AS lost
    FROM run LEFT JOIN renewed ON renewed.id = run.id
      LEFT JOIN agent_turn t ON t.id = run.id AND t.attempt = run.attempt AND t.status = 'running'`,
};

/**
 * A run's session, locked, and its turn, ended if the run still holds it. $1 lock limit, $2 session, $3 turn,
 * $4 attempt, $5 tokens
 */
export function endOfRun(change: string, { guard = '', from = 'running' } = {}): string {
  return `${LOCK_LIMIT},
    session AS MATERIALIZED (
      SELECT s.id, s.message_count, s.history_bytes, s.history_version FROM agent_session s, lock_limit
      WHERE s.id = $2::uuid FOR UPDATE OF s
    ), turn AS (
      UPDATE agent_turn t
      SET ${change}, lease_until = NULL, ended_at = ${NOW},
        total_tokens = CASE WHEN $5::bigint IS NULL THEN t.total_tokens
          ELSE coalesce(t.total_tokens, 0) + $5::bigint END
      FROM session
      WHERE t.id = $3::uuid AND t.session_id = session.id AND t.attempt = $4::int AND t.status = '${from}' ${guard}
      RETURNING ${ENDED_TURN}
    )`;
}

/** The changes that every end of a turn makes. */
export function settleSession(change: string): string {
  return `
    settled AS (
      UPDATE agent_session s SET ${change}, current_turn_id = NULL, settled_at = ${NOW}
      FROM turn, session WHERE s.id = session.id
    )`;
}

/** …$6 response, $7 roles, $8 contents, $9 details of the messages that are added, $10 their bytes, $11 max history */
export const COMPLETE = {
  name: 'complete_turn',
  text: `
    WITH ${endOfRun(`status = 'completed', suspect = false, response = $6::text`, {
      guard: `AND session.history_bytes + $10::bigint <= $11::bigint`,
    })},
    ${settleSession(`status = 'idle', response = $6::text, error = NULL,
      message_count = s.message_count + cardinality($7::text[]), history_bytes = s.history_bytes + $10::bigint`)},
    recorded AS (
      INSERT INTO agent_message (session_id, position, role, content, details)
      SELECT session.id, session.message_count + m.ordinality - 1, m.role, m.content, m.details
      FROM turn, session,
        unnest($7::text[], $8::text[], $9::text[]) WITH ORDINALITY m (role, content, details)
    ),
    ${leaveDelivery('idle', {
      response: '$6::text',
      messageCount: 'session.message_count + cardinality($7::text[])',
      historyBytes: 'session.history_bytes + $10::bigint',
    })}
    SELECT EXISTS (SELECT FROM turn) AS completed, session.history_bytes + $10::bigint > $11::bigint AS too_large
    FROM session`,
};

/**
 * Before {@link COMPLETE}, in its transaction, where the agent replaced the history. It locks the turn as well:
 * only locked rows are looked at again when the session was waited for, and a cancel may have ended the turn by
 * then. Deliveries that are still to be made get a copy of what they show. $1 lock limit, $2 session, $3 turn,
 * $4 attempt, $5 the largest history that a webhook shows
 */
export const FORGET_HISTORY = {
  name: 'forget_history',
  text: `
    WITH ${LOCK_LIMIT}, session AS (
      SELECT s.id FROM lock_limit, agent_session s JOIN agent_turn t ON t.session_id = s.id
      WHERE s.id = $2::uuid AND t.id = $3::uuid AND t.attempt = $4::int AND t.status = 'running'
      FOR UPDATE OF s, t
    ), ${keepShownHistory('session', '$5')}, forgotten AS (
      DELETE FROM agent_message m USING session WHERE m.session_id = session.id
    ), emptied AS (
      UPDATE agent_session s SET message_count = 0, history_bytes = 0, history_version = s.history_version + 1
      FROM session WHERE s.id = session.id
    )
    SELECT id FROM session`,
};

/** …$6 error, $7 code */
export const FAIL = {
  name: 'fail_turn',
  text: `
    WITH ${endOfRun(`status = 'failed', suspect = false, error = $6::text, code = $7::text`)},
    ${settleSession(`status = 'error', response = NULL, error = $6::text`)},
    ${leaveDelivery('error', { error: '$6::text' })}
    SELECT id FROM turn`,
};

/** $1 turn, $2 attempt */
export const REQUEUE = {
  name: 'requeue_turn',
  text: `
    WITH requeued AS (
      UPDATE agent_turn t SET status = 'queued', suspect = false, lease_until = NULL, queued_at = ${NOW},
        lost_runs = greatest(t.lost_runs, 0)
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
      SELECT s.id, s.owner, s.current_turn_id, s.message_count, s.history_bytes, s.history_version
      FROM agent_session s, lock_limit
      WHERE ${SESSION} FOR UPDATE OF s
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'cancelled', error = $7::text, code = 'cancelled', suspect = false, lease_until = NULL,
        ended_at = ${NOW}
      FROM session
      WHERE t.id = session.current_turn_id AND t.status IN ('queued', 'running', 'interrupted')
        AND ($6::uuid IS NULL OR t.id = $6::uuid)
      RETURNING ${ENDED_TURN}
    ), ${settleSession(`status = 'error', response = NULL, error = $7::text`)},
    ${leaveDelivery('error', { error: '$7::text' })}
    SELECT session.current_turn_id AS turn_id, session.owner, EXISTS (SELECT FROM turn) AS cancelled,
      (SELECT webhook IS NOT NULL FROM turn) AS has_webhook
    FROM session`,
};

/** $1 module, $2 least age, $3 limit */
export const QUEUED = {
  name: 'queued_turns',
  text: `
    SELECT id FROM agent_turn
    WHERE module = $1::text AND status = 'queued' AND queued_at <= ${NOW_ONCE} - $2::bigint
    ORDER BY queued_at LIMIT $3::int`,
};

/**
 * The session's row, once for each turn of a page, or alone where the page is empty. $1 session, $2 module, $3 owner,
 * $4 ttl, $5 number after which the page begins, $6 limit, $7 bytes at which the page ends
 */
export const LIST = {
  name: 'list_turns',
  text: `
    SELECT s.turn_count, t.* FROM agent_session s LEFT JOIN LATERAL (
      SELECT id, number, status, input, response, error, code, attempt, total_tokens, created_at, started_at, ended_at
      FROM (
        SELECT page.*, sum(octet_length(input) + coalesce(octet_length(response), 0)) OVER (ORDER BY number) AS bytes,
          row_number() OVER (ORDER BY number) AS place
        FROM (
          SELECT * FROM agent_turn WHERE session_id = s.id AND number > $5::int ORDER BY number LIMIT $6::int
        ) page
      ) sized
      WHERE place = 1 OR bytes <= $7::bigint
    ) t ON true
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}
    ORDER BY t.number`,
};
