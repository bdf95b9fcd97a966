import { OWN_PROCESS } from '../database.options.js';
import { SCOPE, scoped } from '../sql/conditions.js';
import { turnStatements } from '../sql/turn-statements.js';
import { ENDED_TURN, leaveDelivery } from './leave-delivery.js';
import { KEPT_SESSION, logged, LOGGED_TURN, NEXT_EVENT } from './log-event.js';
import { postgres } from './postgres-dialect.js';
import { ADDED_TOKENS, endOfRun, FENCE, settleSession } from './run-end.js';
import { HISTORY_TUPLES, LOCK_LIMIT, NOW, unnested } from './sql-fragments.js';

const { statement } = postgres;

export const { SESSION_STATE, QUEUED, FIND, LIST, ASKED_BY, CLIENT_TURNS } = turnStatements(postgres);

// These statements are separate from SQLite's on purpose: each guarded transition is one statement, so it costs one
// round trip. If the guard of a data-modifying CTE finds no row, the CTEs that are joined to it change nothing.
// Statements that lock a session and its turn lock the session first, so that they cannot deadlock. An event refers to
// its session and so locks it against removal.

const IS_LAST_RUN = `t.lost_runs > 0 AND t.lost_runs + 1 >= :maxAttempts`;

/**
 * The history comes with the claim up to so many bytes and messages. A last run that the worker isolates is marked, so
 * that it is not taken for the cause of its worker's death.
 */
export const CLAIM = statement(
  'claim_turn',
  {
    turnId: 'uuid',
    module: 'text',
    lease: 'bigint',
    worker: 'uuid',
    maxAttempts: 'int',
    bytes: 'bigint',
    messages: 'int',
    isolates: 'boolean',
  },
  `
    WITH session AS (
      SELECT s.id FROM agent_session s
      WHERE s.id = (SELECT t.session_id FROM agent_turn t WHERE t.id = :turnId AND t.module = :module AND t.status = 'queued')
      FOR KEY SHARE SKIP LOCKED
    ), free AS (
      SELECT t.id FROM session, agent_turn t
      WHERE t.id = :turnId AND t.session_id = session.id AND t.status = 'queued' FOR UPDATE OF t SKIP LOCKED
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'running', attempt = t.attempt + 1, ${NEXT_EVENT}, lease_until = moment.now + :lease,
        started_at = coalesce(t.started_at, moment.now),
        worker = CASE WHEN ${IS_LAST_RUN} AND :isolates THEN '${OWN_PROCESS}' ELSE :worker END,
        suspect = ${IS_LAST_RUN} AND NOT :isolates
      FROM free, (SELECT ${NOW} AS now) moment
      WHERE t.id = free.id AND t.status = 'queued'
      RETURNING ${LOGGED_TURN}, moment.now, t.event_bytes, t.input, t.webhook IS NOT NULL AS has_webhook, t.traceparent,
        ${IS_LAST_RUN} AS last_run, moment.now - t.queued_at AS waited
    ), ${logged('turn.started', { at: 'turn.now' })}
    SELECT turn.*, s.owner, s.metadata, s.message_count, s.created_at, s.updated_at, s.history_version, CASE
      WHEN s.history_bytes <= :bytes AND s.message_count <= :messages THEN (
        SELECT coalesce(${HISTORY_TUPLES}, '[]') FROM agent_message m WHERE m.session_id = turn.session_id
      ) END AS history
    FROM turn, agent_session s WHERE s.id = turn.session_id`,
);

export const REQUEUE = statement(
  'requeue_turn',
  { sessionId: 'uuid', turnId: 'uuid', attempt: 'int' },
  `
    WITH ${KEPT_SESSION}, turn AS (
      UPDATE agent_turn t
      SET status = 'queued', suspect = false, lease_until = NULL, queued_at = ${NOW}, lost_runs = greatest(t.lost_runs, 0),
        ${NEXT_EVENT}
      FROM session
      WHERE t.id = :turnId AND t.session_id = session.id AND t.attempt = :attempt AND t.status = 'running'
      RETURNING ${LOGGED_TURN}, t.queued_at
    ), ${logged('turn.requeued', { at: 'turn.queued_at', data: `'{"reason":"worker_stopped"}'` })}
    SELECT id FROM turn`,
);

/** The CTE of the runs that a statement names. */
const RUNS = `run AS (
      SELECT * FROM ${unnested(':turnIds', ':attempts')} run (id, attempt)
    )`;

/** The CTEs of runs that still hold their turns, which they change. */
function held(change: string): string {
  return `
    no_wait AS MATERIALIZED (
      SELECT set_config('synchronous_commit', 'off', true)
    ), free AS (
      SELECT t.id FROM agent_turn t, run
      WHERE t.id = run.id AND t.attempt = run.attempt AND t.status = 'running'
      ORDER BY t.id FOR UPDATE OF t SKIP LOCKED
    ), held AS (
      UPDATE agent_turn t SET ${change} FROM free, no_wait WHERE t.id = free.id
      RETURNING t.id
    )`;
}

/** What makes the loss of a run count. */
const CALLED = 'lost_runs = greatest(t.lost_runs, 0)';

/** For each run whether it holds its turn and whether it is lost; neither if the turn's row is locked. */
const REPORT = `run.id, held.id IS NOT NULL AS held, t.id IS NULL AS lost`;

const REPORTED = `run LEFT JOIN held ON held.id = run.id
      LEFT JOIN agent_turn t ON t.id = run.id AND t.attempt = run.attempt AND t.status = 'running'`;

/**
 * Prolongs what is not locked by another transaction: waiting for one row would let the leases of all others run
 * out. Nor does it wait for the disk: what a crash of the database undoes of it, the next renewal does again. For each
 * run it says whether it is prolonged and whether it is lost.
 */
export const RENEW = statement(
  'renew_turns',
  { turnIds: 'uuid[]', attempts: 'int[]', lease: 'bigint' },
  `
    WITH ${RUNS}, ${held(`lease_until = ${NOW} + :lease, ${CALLED}`)}
    SELECT ${REPORT} FROM ${REPORTED}`,
);

/**
 * Records that the agents of runs are called, by the rules of {@link RENEW}. The leases are new and stay as they are,
 * because a row whose indexed values stay the same needs no new entries in its indexes.
 */
export const BEGIN = statement(
  'begin_turns',
  { turnIds: 'uuid[]', attempts: 'int[]' },
  `
    WITH ${RUNS}, ${held(CALLED)}
    SELECT ${REPORT} FROM ${REPORTED}`,
);

/** The same, with the history of each session in `readings`, up to so many bytes and messages. */
export const BEGIN_AND_READ = statement(
  'begin_turns_and_read',
  { turnIds: 'uuid[]', attempts: 'int[]', readings: 'uuid[]', bytes: 'bigint', messages: 'int' },
  `
    WITH run AS (
      SELECT * FROM ${unnested(':turnIds', ':attempts', ':readings')} run (id, attempt, reading)
    ), ${held(CALLED)}
    SELECT ${REPORT}, CASE
      WHEN s.history_bytes <= :bytes AND s.message_count <= :messages THEN (
        SELECT coalesce(${HISTORY_TUPLES}, '[]') FROM agent_message m WHERE m.session_id = s.id
      ) END AS history
    FROM ${REPORTED} LEFT JOIN agent_session s ON s.id = run.reading AND held.id IS NOT NULL`,
);

export const FAIL = statement(
  'fail_turn',
  { ...FENCE, totalTokens: 'bigint?', error: 'text', code: 'text' },
  `
    WITH ${endOfRun(`status = 'failed', suspect = false, error = :error, code = :code`, { tokens: ADDED_TOKENS })},
    ${settleSession(`status = 'error', response = NULL, error = :error`, 'turn.failed')},
    ${leaveDelivery('error', { error: ':error' })}
    SELECT id FROM turn`,
);

/** Of whichever turn is unfinished where `turnId` is null. */
export const CANCEL = statement(
  'cancel_turn',
  { lockTimeout: 'text?', ...SCOPE, turnId: 'uuid?', error: 'text' },
  `
    WITH ${LOCK_LIMIT}, session AS MATERIALIZED (
      SELECT s.id, s.owner, s.current_turn_id, s.message_count, s.history_bytes, s.history_version
      FROM agent_session s, lock_limit
      WHERE ${scoped(postgres)} FOR NO KEY UPDATE OF s
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'cancelled', error = :error, code = 'cancelled', suspect = false, lease_until = NULL, ${NEXT_EVENT},
        pending_interrupts = 0, ended_at = ${NOW}
      FROM session
      WHERE t.id = session.current_turn_id AND t.status IN ('queued', 'running', 'interrupted')
        AND (:turnId IS NULL OR t.id = :turnId)
      RETURNING ${ENDED_TURN}
    ), withdrawn AS (
      UPDATE agent_interrupt i SET status = 'cancelled', ended_at = turn.ended_at FROM turn
      WHERE i.turn_id = turn.id AND i.status = 'pending'
    ), ${settleSession(`status = 'error', response = NULL, error = :error`, 'turn.failed')},
    ${leaveDelivery('error', { error: ':error' })}
    SELECT session.current_turn_id AS turn_id, session.owner, EXISTS (SELECT FROM turn) AS cancelled,
      (SELECT webhook IS NOT NULL FROM turn) AS has_webhook
    FROM session`,
);
