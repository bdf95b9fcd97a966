import { NOT_CALLED_YET, OWN_PROCESS } from '../database.options.js';
import { turnStatements } from '../sql/turn-statements.js';
import { sqlite } from './sqlite-dialect.js';

const { statement, clock } = sqlite;

export const { SESSION_STATE, QUEUED, FIND, LIST, ASKED_BY, CLIENT_TURNS } = turnStatements(sqlite);

// What follows stays apart from PostgreSQL's on purpose: a transition is a transaction of small statements, because
// SQLite has none that change two tables, and no round trips that could be saved.

export const OCCUPY_SESSION = statement(
  'occupy_session',
  { sessionId: 'uuid', turnId: 'uuid', ...clock },
  `UPDATE agent_session
   SET status = 'running', response = NULL, error = NULL, current_turn_id = :turnId, last_turn_id = :turnId,
     turn_count = turn_count + 1, updated_at = :now
   WHERE id = :sessionId`,
);

const TURN = {
  turnId: 'uuid',
  sessionId: 'uuid',
  module: 'text',
  number: 'int',
  input: 'text',
  webhook: 'text?',
  traceparent: 'text?',
  clientMessage: 'text?',
  clientRun: 'text?',
  /** The session's last event. */
  lastEvent: 'int',
  ...clock,
} as const;

export const INSERT_TURN = statement(
  'insert_turn',
  TURN,
  `INSERT INTO agent_turn
     (id, session_id, module, number, status, input, webhook, trace_id, traceparent, attempt, lost_runs, created_at,
       queued_at, first_event_id, last_event_id, client_message_id, client_run_id)
   VALUES (:turnId, :sessionId, :module, :number, 'queued', :input, :webhook, substr(:traceparent, 4, 32), :traceparent,
     0, 0, :now, :now, :lastEvent + 1, :lastEvent + 1, :clientMessage, :clientRun)`,
);

export const INSERT_RUNNING_TURN = statement(
  'insert_running_turn',
  { ...TURN, leaseUntil: 'bigint', worker: 'uuid' },
  `INSERT INTO agent_turn
     (id, session_id, module, number, status, input, webhook, trace_id, traceparent, attempt, lost_runs, created_at,
       queued_at, started_at, lease_until, worker, first_event_id, last_event_id, client_message_id, client_run_id)
   VALUES (:turnId, :sessionId, :module, :number, 'running', :input, :webhook, substr(:traceparent, 4, 32),
     :traceparent, 1, ${NOT_CALLED_YET}, :now, :now, :now, :leaseUntil, :worker,
     :lastEvent + 1, :lastEvent + 2, :clientMessage, :clientRun)`,
);

const IS_LAST_RUN = `lost_runs > 0 AND lost_runs + 1 >= :maxAttempts`;

export const CLAIM = statement(
  'claim_turn',
  {
    turnId: 'uuid',
    module: 'text',
    worker: 'uuid',
    leaseUntil: 'bigint',
    maxAttempts: 'int',
    isolates: 'boolean',
    ...clock,
  },
  `UPDATE agent_turn
   SET status = 'running', attempt = attempt + 1, lease_until = :leaseUntil, started_at = coalesce(started_at, :now),
     worker = CASE WHEN ${IS_LAST_RUN} AND :isolates THEN '${OWN_PROCESS}' ELSE :worker END,
     suspect = ${IS_LAST_RUN} AND NOT :isolates
   WHERE id = :turnId AND module = :module AND status = 'queued'
   RETURNING session_id, attempt, last_event_id + 1 AS last_event_id, event_bytes, input, webhook IS NOT NULL AS has_webhook, traceparent, :now - queued_at AS waited,
     ${IS_LAST_RUN} AS last_run`,
);

export const CLAIMED_SESSION = statement(
  'claimed_session',
  { sessionId: 'uuid' },
  `SELECT owner, metadata, message_count, history_bytes, created_at, updated_at, history_version,
     last_event_id
   FROM agent_session WHERE id = :sessionId`,
);

/** A run as the statements that write about it name it: where they change no row, the run is lost. */
const RUN = { turnId: 'uuid', attempt: 'int' } as const;

/** The lease is new and stays as it is. */
export const BEGIN = statement(
  'begin_turn',
  RUN,
  `UPDATE agent_turn SET lost_runs = max(lost_runs, 0)
   WHERE id = :turnId AND attempt = :attempt AND status = 'running'`,
);

export const RENEW = statement(
  'renew_turn',
  { ...RUN, leaseUntil: 'bigint' },
  `UPDATE agent_turn SET lease_until = :leaseUntil, lost_runs = max(lost_runs, 0)
   WHERE id = :turnId AND attempt = :attempt AND status = 'running'`,
);

const END = `lease_until = NULL, ended_at = :now, total_tokens = CASE WHEN :totalTokens IS NULL THEN total_tokens
    ELSE coalesce(total_tokens, 0) + :totalTokens END
  WHERE id = :turnId AND attempt = :attempt AND status = 'running'`;

export const COMPLETE_TURN = statement(
  'complete_turn',
  { ...RUN, response: 'text', totalTokens: 'bigint?', ...clock },
  `UPDATE agent_turn SET status = 'completed', suspect = false, response = :response,
     last_event_id = last_event_id + 1, ${END}`,
);

export const FAIL_TURN = statement(
  'fail_turn',
  { ...RUN, error: 'text', code: 'text', totalTokens: 'bigint?', ...clock },
  `UPDATE agent_turn SET status = 'failed', suspect = false, error = :error, code = :code, ${END}`,
);

export const REQUEUE = statement(
  'requeue_turn',
  { ...RUN, ...clock },
  `UPDATE agent_turn
   SET status = 'queued', suspect = false, lease_until = NULL, queued_at = :now, lost_runs = max(lost_runs, 0)
   WHERE id = :turnId AND attempt = :attempt AND status = 'running'`,
);

export const CANCEL_TURN = statement(
  'cancel_turn',
  { turnId: 'uuid', error: 'text', ...clock },
  `UPDATE agent_turn
   SET status = 'cancelled', suspect = false, error = :error, code = 'cancelled', lease_until = NULL, pending_interrupts = 0,
     ended_at = :now
   WHERE id = :turnId AND status IN ('queued', 'running', 'interrupted')
   RETURNING webhook IS NOT NULL AS has_webhook`,
);

/** What an ended turn leaves to its session: the log's counter. */
const LAST_EVENT = `last_event_id = coalesce(
     (SELECT t.last_event_id FROM agent_turn t WHERE t.id = current_turn_id), last_event_id)`;

export const SETTLE_COMPLETED = statement(
  'settle_completed_session',
  {
    sessionId: 'uuid',
    response: 'text?',
    messageCount: 'int',
    historyBytes: 'bigint',
    historyVersion: 'int',
    ...clock,
  },
  `UPDATE agent_session
   SET status = 'idle', response = :response, error = NULL, current_turn_id = NULL, message_count = :messageCount,
     history_bytes = :historyBytes, history_version = :historyVersion, settled_at = :now, updated_at = :now,
     ${LAST_EVENT}
   WHERE id = :sessionId`,
);

export const SETTLE_IN_ERROR = statement(
  'settle_session_in_error',
  { sessionId: 'uuid', error: 'text', ...clock },
  `UPDATE agent_session
   SET status = 'error', response = NULL, error = :error, current_turn_id = NULL, settled_at = :now,
     updated_at = :now, ${LAST_EVENT}
   WHERE id = :sessionId`,
);

/** The delivery of a turn with a webhook, inserted after all other changes of its end. */
export const LEAVE_DELIVERY = statement(
  'leave_delivery',
  { id: 'uuid', turnId: 'uuid' },
  `INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, token, allow_private_addresses,
     status, next_attempt_at, claim, tries, attempts, session_status, response, error, message_count, history_bytes,
     history_version, trace_id, total_tokens, total_duration, created_at)
   SELECT :id, t.module, t.session_id, t.id, t.webhook->>'url', t.webhook->>'origin', t.webhook->>'token',
     t.webhook->>'allow_private_addresses', 'pending', t.ended_at, 0, 0, '[]', s.status,
     CASE WHEN t.status = 'completed' THEN t.response END, s.error,
     CASE WHEN t.webhook->>'include_messages' THEN s.message_count END, s.history_bytes, s.history_version,
     t.trace_id, t.total_tokens, t.ended_at - t.created_at, t.ended_at
   FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
   WHERE t.id = :turnId AND t.webhook IS NOT NULL`,
);
