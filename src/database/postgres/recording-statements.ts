import { INTERRUPT_ORDER, interruptFields } from '../interrupt-row.js';
import { SCOPE, scoped } from '../sql/conditions.js';
import { recordingStatements } from '../sql/recording-statements.js';
import { KEPT_SESSION, logged, LOGGED_TURN, NEXT_EVENT } from './log-event.js';
import { postgres } from './postgres-dialect.js';
import { ADDED_TOKENS, FENCE, settleSession } from './run-end.js';
import { ENDED_TURN, leaveDelivery } from './leave-delivery.js';
import { LOCK_LIMIT, NOW, NOW_ONCE } from './sql-fragments.js';

const { statement } = postgres;

export const { RECORDING, FIND_INTERRUPT, OVERDUE } = recordingStatements(postgres);

// These statements are separate from SQLite's on purpose: each is one statement with all its effects, which costs one
// round trip. They lock the session before its turn.

/** Only the record of a result is an event. */
const IS_COMPLETED = `:state = 'completed'`;

/** The turn is locked, so that no other run can begin between the check of the fence and the commit. */
export const RECORD_STEP = statement(
  'record_step',
  {
    lockTimeout: 'text',
    sessionId: 'uuid',
    turnId: 'uuid',
    attempt: 'int',
    name: 'text',
    occurrence: 'int',
    state: 'text',
    outcome: 'text?',
    version: 'text?',
  },
  `
    WITH ${LOCK_LIMIT}, ${KEPT_SESSION}, turn AS (
      UPDATE agent_turn t SET last_event_id = t.last_event_id + CASE WHEN ${IS_COMPLETED} THEN 1 ELSE 0 END
      FROM session, lock_limit
      WHERE t.id = :turnId AND t.session_id = session.id AND t.attempt = :attempt AND t.status = 'running'
      RETURNING ${LOGGED_TURN}, ${NOW} AS now
    ), recorded AS (
      INSERT INTO agent_step (turn_id, name, occurrence, state, outcome, attempt, version, created_at)
      SELECT turn.id, :name, :occurrence, :state, :outcome, :attempt, :version, turn.now FROM turn
      ON CONFLICT (turn_id, name, occurrence) DO UPDATE
      SET state = excluded.state, outcome = excluded.outcome, attempt = excluded.attempt
      RETURNING turn_id
    ), ${logged('step.completed', {
      at: 'turn.now',
      data: `json_build_object('name', :name)::text`,
      from: `turn WHERE ${IS_COMPLETED}`,
    })}
    SELECT turn_id FROM recorded`,
);

export const SUSPEND = statement(
  'suspend_turn',
  {
    ...FENCE,
    totalTokens: 'bigint?',
    ids: 'uuid[]',
    keys: 'text[]',
    payloads: 'text[]',
    schemas: 'text[]',
    expiresIn: 'text[]',
    expiryValues: 'text[]',
    version: 'text?',
  },
  `
    WITH ${LOCK_LIMIT}, session AS MATERIALIZED (
      SELECT s.id, s.message_count, s.history_bytes, s.history_version FROM agent_session s, lock_limit
      WHERE s.id = :sessionId FOR NO KEY UPDATE OF s
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'interrupted', suspect = false, lease_until = NULL, pending_interrupts = cardinality(:ids),
        ${NEXT_EVENT}, total_tokens = ${ADDED_TOKENS}
      FROM session
      WHERE t.id = :turnId AND t.session_id = session.id AND t.attempt = :attempt AND t.status = 'running'
      RETURNING t.id, t.module, t.session_id, t.webhook::json AS webhook, t.trace_id, t.total_tokens, t.created_at,
        t.attempt, t.last_event_id, ${NOW} AS ended_at
    ), suspended AS (
      UPDATE agent_session s SET status = 'interrupted', updated_at = turn.ended_at
      FROM turn, session WHERE s.id = session.id
    ), asked AS (
      INSERT INTO agent_interrupt (id, module, turn_id, key, attempt, place, status, payload, schema, expires_at,
        expiry_value, version, created_at)
      SELECT i.id, turn.module, turn.id, i.key, :attempt, i.place, 'pending', i.payload, i.schema,
        turn.ended_at + i.expires_in::bigint, i.expiry_value, :version, turn.ended_at
      FROM turn, unnest(:ids, :keys, :payloads, :schemas, :expiresIn, :expiryValues) WITH ORDINALITY
        i (id, key, payload, schema, expires_in, expiry_value, place)
      RETURNING id, payload, expires_at, attempt, place
    ), ${logged('turn.interrupted', { at: 'turn.ended_at' })},
    ${leaveDelivery('interrupted', {
      interrupts: `(SELECT ${postgres.jsonRows(interruptFields('i.payload::json'), INTERRUPT_ORDER)} FROM asked i)`,
      only: `AND (turn.webhook->>'include_interrupts')::boolean`,
    })}
    SELECT id FROM turn`,
);

/** The CTEs that answer a question `:interruptId` of the CTE `session`, and requeue its turn after the last one. */
function answered(status: 'answered' | 'expired', isInTime: string): string {
  return `
    answered AS (
      UPDATE agent_interrupt i SET status = '${status}', value = :value, ended_at = ${NOW}
      FROM session
      WHERE i.id = :interruptId AND i.turn_id = session.current_turn_id AND i.status = 'pending' AND ${isInTime}
      RETURNING i.turn_id
    ), turn AS (
      UPDATE agent_turn t
      SET pending_interrupts = t.pending_interrupts - 1,
        status = CASE WHEN t.pending_interrupts > 1 THEN t.status ELSE 'queued' END,
        queued_at = CASE WHEN t.pending_interrupts > 1 THEN t.queued_at ELSE ${NOW} END,
        last_event_id = t.last_event_id + CASE WHEN t.pending_interrupts > 1 THEN 0 ELSE 1 END
      FROM answered WHERE t.id = answered.turn_id AND t.status = 'interrupted'
      RETURNING ${LOGGED_TURN}, t.status, t.queued_at
    ), resumed AS (
      UPDATE agent_session s SET status = 'running', updated_at = turn.queued_at
      FROM turn, session WHERE s.id = session.id AND turn.status = 'queued'
    ), ${logged('turn.resumed', { at: 'turn.queued_at', from: `turn WHERE turn.status = 'queued'` })}
    SELECT turn.id AS turn_id, turn.status, session.owner FROM turn, session`;
}

/** Changes nothing where the session is not interrupted (any more), or the question not pending. */
export const ANSWER = statement(
  'answer_interrupt',
  { lockTimeout: 'text?', ...SCOPE, interruptId: 'uuid', value: 'text' },
  `
    WITH ${LOCK_LIMIT}, session AS MATERIALIZED (
      SELECT s.id, s.owner, s.current_turn_id FROM agent_session s, lock_limit
      WHERE ${scoped(postgres)} AND s.status = 'interrupted' FOR NO KEY UPDATE OF s
    ), ${answered('answered', `(i.expires_at IS NULL OR i.expires_at > ${NOW_ONCE})`)}`,
);

const IS_OVERDUE = `i.expires_at <= ${NOW_ONCE}`;

export const ANSWER_OVERDUE = statement(
  'answer_overdue_interrupt',
  { lockTimeout: 'text', sessionId: 'uuid', interruptId: 'uuid', value: 'text' },
  `
    WITH ${LOCK_LIMIT}, session AS MATERIALIZED (
      SELECT s.id, s.owner, s.current_turn_id FROM agent_session s, lock_limit
      WHERE s.id = :sessionId AND s.status = 'interrupted' FOR NO KEY UPDATE OF s
    ), ${answered('expired', IS_OVERDUE)}`,
);

/** Ends the turn of a question whose time is over; its other questions are cancelled. */
export const FAIL_OVERDUE = statement(
  'fail_overdue_interrupt',
  { lockTimeout: 'text', sessionId: 'uuid', turnId: 'uuid', interruptId: 'uuid', error: 'text' },
  `
    WITH ${LOCK_LIMIT}, session AS MATERIALIZED (
      SELECT s.id, s.message_count, s.history_bytes, s.history_version FROM agent_session s, lock_limit
      WHERE s.id = :sessionId AND s.status = 'interrupted' AND s.current_turn_id = :turnId FOR NO KEY UPDATE OF s
    ), overdue AS (
      UPDATE agent_interrupt i SET status = 'expired', ended_at = ${NOW} FROM session
      WHERE i.id = :interruptId AND i.turn_id = :turnId AND i.status = 'pending' AND ${IS_OVERDUE}
      RETURNING i.id
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'failed', error = :error, code = 'interrupt_expired', pending_interrupts = 0, ended_at = ${NOW},
        ${NEXT_EVENT}
      FROM session, overdue WHERE t.id = :turnId AND t.status = 'interrupted'
      RETURNING ${ENDED_TURN}
    ), cancelled AS (
      UPDATE agent_interrupt i SET status = 'cancelled', ended_at = turn.ended_at FROM turn
      WHERE i.turn_id = turn.id AND i.status = 'pending' AND i.id <> :interruptId
    ),
    ${settleSession(`status = 'error', response = NULL, error = :error`, 'turn.failed')},
    ${leaveDelivery('error', { error: ':error' })}
    SELECT id FROM turn`,
);
