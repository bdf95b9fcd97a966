import { INTERRUPT_ORDER, interruptFields } from '../interrupt-row.js';
import { recordingStatements } from '../sql/recording-statements.js';
import { sqlite } from './sqlite-dialect.js';

const { statement, clock } = sqlite;

export const { RECORDING, FIND_INTERRUPT, OVERDUE } = recordingStatements(sqlite);

// What follows stays apart from PostgreSQL's on purpose: a change is a transaction of small statements.

/** Records nothing where the run is lost. */
export const RECORD_STEP = statement(
  'record_step',
  {
    turnId: 'uuid',
    attempt: 'int',
    name: 'text',
    occurrence: 'int',
    state: 'text',
    outcome: 'text?',
    version: 'text?',
    ...clock,
  },
  `INSERT INTO agent_step (turn_id, name, occurrence, state, outcome, attempt, version, created_at)
   SELECT id, :name, :occurrence, :state, :outcome, :attempt, :version, :now FROM agent_turn
   WHERE id = :turnId AND attempt = :attempt AND status = 'running'
   ON CONFLICT (turn_id, name, occurrence) DO UPDATE
   SET state = excluded.state, outcome = excluded.outcome, attempt = excluded.attempt`,
);

export const SUSPEND_TURN = statement(
  'suspend_turn',
  { turnId: 'uuid', attempt: 'int', pending: 'int', totalTokens: 'bigint?' },
  `UPDATE agent_turn
   SET status = 'interrupted', suspect = false, lease_until = NULL, pending_interrupts = :pending,
     total_tokens = CASE WHEN :totalTokens IS NULL THEN total_tokens
       ELSE coalesce(total_tokens, 0) + :totalTokens END
   WHERE id = :turnId AND attempt = :attempt AND status = 'running'`,
);

export const SET_SESSION_STATUS = statement(
  'set_session_status',
  { sessionId: 'uuid', status: 'text', ...clock },
  `UPDATE agent_session SET status = :status, updated_at = :now WHERE id = :sessionId`,
);

export const ASK = statement(
  'ask_interrupt',
  {
    id: 'uuid',
    turnId: 'uuid',
    key: 'text',
    attempt: 'int',
    place: 'int',
    payload: 'text',
    schema: 'text?',
    expiresAt: 'bigint?',
    expiryValue: 'text?',
    version: 'text?',
    ...clock,
  },
  `INSERT INTO agent_interrupt (id, module, turn_id, "key", attempt, place, status, payload, schema, expires_at,
     expiry_value, version, created_at)
   SELECT :id, module, id, :key, :attempt, :place, 'pending', :payload, :schema, :expiresAt, :expiryValue, :version, :now
   FROM agent_turn WHERE id = :turnId`,
);

/** After the questions are inserted. */
export const LEAVE_INTERRUPT_DELIVERY = statement(
  'leave_interrupt_delivery',
  { id: 'uuid', turnId: 'uuid', ...clock },
  `INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, token, allow_private_addresses,
     status, next_attempt_at, claim, tries, attempts, session_status, interrupts, message_count, history_bytes,
     history_version, trace_id, total_tokens, total_duration, created_at)
   SELECT :id, t.module, t.session_id, t.id, t.webhook->>'url', t.webhook->>'origin', t.webhook->>'token',
     t.webhook->>'allow_private_addresses', 'pending', :now, 0, 0, '[]', 'interrupted', (
       SELECT ${sqlite.jsonRows(interruptFields('json(i.payload)'), INTERRUPT_ORDER)} FROM agent_interrupt i
       WHERE i.turn_id = t.id AND i.status = 'pending'
     ), CASE WHEN t.webhook->>'include_messages' THEN s.message_count END, s.history_bytes, s.history_version,
     t.trace_id, t.total_tokens, :now - t.created_at, :now
   FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
   WHERE t.id = :turnId AND t.webhook IS NOT NULL AND t.webhook->>'include_interrupts'`,
);

/** Ends a pending question; no row if it is not pending. */
export const END_INTERRUPT = statement(
  'end_interrupt',
  { interruptId: 'uuid', status: 'text', value: 'text?', ...clock },
  `UPDATE agent_interrupt SET status = :status, value = :value, ended_at = :now
   WHERE id = :interruptId AND status = 'pending'
   RETURNING turn_id`,
);

/** Of a turn whose question has been answered; queued after the last one. */
export const COUNT_ANSWER = statement(
  'count_answer',
  { turnId: 'uuid', ...clock },
  `UPDATE agent_turn
   SET pending_interrupts = pending_interrupts - 1,
     status = CASE WHEN pending_interrupts > 1 THEN status ELSE 'queued' END,
     queued_at = CASE WHEN pending_interrupts > 1 THEN queued_at ELSE :now END
   WHERE id = :turnId AND status = 'interrupted'
   RETURNING session_id, status, (SELECT s.owner FROM agent_session s WHERE s.id = agent_turn.session_id) AS owner`,
);

export const FAIL_INTERRUPTED = statement(
  'fail_interrupted_turn',
  { turnId: 'uuid', error: 'text', ...clock },
  `UPDATE agent_turn
   SET status = 'failed', error = :error, code = 'interrupt_expired', pending_interrupts = 0, ended_at = :now
   WHERE id = :turnId AND status = 'interrupted'`,
);

/** The questions that a turn leaves when it ends. */
export const CANCEL_INTERRUPTS = statement(
  'cancel_interrupts',
  { turnId: 'uuid', ...clock },
  `UPDATE agent_interrupt SET status = 'cancelled', ended_at = :now WHERE turn_id = :turnId AND status = 'pending'`,
);

export const IS_OVERDUE = statement(
  'is_overdue',
  { interruptId: 'uuid', ...clock },
  `SELECT 1 FROM agent_interrupt WHERE id = :interruptId AND status = 'pending' AND expires_at <= :now`,
);
