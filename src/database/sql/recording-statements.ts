import { SCOPE, scoped } from './conditions.js';
import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

/** The statements on steps and interrupts that both dialects share. */
export function recordingStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, nowOnce, statement } = dialect;
  return {
    /** Steps and interrupts of a turn: an interrupt's row has its key as the name, its payload and its answer. */
    RECORDING: statement(
      'turn_recording',
      { turnId: 'uuid' },
      `SELECT name, occurrence, state, outcome, NULL AS payload, attempt, version, created_at
       FROM agent_step WHERE turn_id = :turnId
       UNION ALL
       SELECT "key", 0, 'asked', value, payload, attempt, version, created_at
       FROM agent_interrupt WHERE turn_id = :turnId`,
    ),

    /** The session's row, with its pending question of this id, if that is its own and its time is not over. */
    FIND_INTERRUPT: statement(
      'find_interrupt',
      { ...SCOPE, interruptId: 'uuid', ...clock },
      `SELECT s.status, i.id AS interrupt_id, i.schema FROM agent_session s LEFT JOIN agent_interrupt i
         ON i.id = :interruptId AND i.turn_id = s.current_turn_id AND i.status = 'pending'
         AND (i.expires_at IS NULL OR i.expires_at > ${nowOnce})
       WHERE ${scoped(dialect)}`,
    ),

    /** Limits the questions before the joins, so that PostgreSQL never reads all turns to join many questions. */
    OVERDUE: statement(
      'overdue_interrupts',
      { module: 'text', limit: 'int', ...clock },
      `SELECT i.id, i."key", t.session_id, i.turn_id, t.attempt, s.owner, t.webhook IS NOT NULL AS has_webhook,
         i.expiry_value
       FROM (
         SELECT id, "key", turn_id, expiry_value, expires_at FROM agent_interrupt
         WHERE module = :module AND status = 'pending' AND expires_at <= ${nowOnce}
         ORDER BY expires_at LIMIT :limit
       ) i JOIN agent_turn t ON t.id = i.turn_id JOIN agent_session s ON s.id = t.session_id
       ORDER BY i.expires_at`,
    ),
  };
}
