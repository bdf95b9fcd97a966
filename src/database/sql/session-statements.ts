import { alive, SCOPE, scoped } from './conditions.js';
import type { Dialect } from './dialect.js';
import { type Json, pendingInterrupts } from './interrupts.js';
import { listStatements } from './list-statements.js';
import { LAST_EVENT } from './event-statements.js';
import { messageBatch } from './message-batch.js';
import type { Parameters } from './statement.js';

/** The answer of session `s`: that of its last turn where it is too large to be stored twice. */
const RESPONSE = `CASE WHEN s.response IS NULL AND s.status = 'idle'
    THEN (SELECT t.response FROM agent_turn t WHERE t.id = s.last_turn_id) ELSE s.response END AS response`;

/** The columns of session `s`. */
export function sessionColumns(dialect: Json): string {
  return `s.id, s.owner, s.status, ${RESPONSE}, s.error, s.metadata, s.last_turn_id, s.created_at, s.updated_at,
    ${LAST_EVENT} AS last_event_id, ${pendingInterrupts(dialect)} AS interrupts`;
}

/** The statements on sessions that both dialects share. */
export function sessionStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, statement } = dialect;
  const session = { ...SCOPE, ...clock };
  /** The session's row for each message of the batch, or alone if the batch is empty. */
  const history = (name: string, more: string) =>
    statement(
      name,
      { ...session, after: 'int', limit: 'int', bytes: 'bigint' },
      `SELECT s.history_version, s.message_count, s.last_event_id, m.position, m.role, m.content, m.details${more}
       FROM agent_session s LEFT JOIN (${messageBatch(':id')}
       ) m ON m.session_id = s.id
       WHERE ${scoped(dialect)}
       ORDER BY m.position`,
    );

  return {
    FIND: statement(
      'find_session',
      session,
      `SELECT ${sessionColumns(dialect)} FROM agent_session s WHERE ${scoped(dialect)}`,
    ),

    HISTORY: history('session_history', ''),

    /** The same with what identifies each message. */
    HISTORY_WITH_IDS: history(
      'session_history_with_ids',
      ', m.id AS message_id, m.turn_id, coalesce(m.created_at, s.created_at) AS recorded_at',
    ),

    EXPIRED: statement(
      'expired_sessions',
      { module: 'text', ttl: 'bigint', limit: 'int', except: 'uuid[]', ...clock },
      `SELECT id FROM agent_session
       WHERE module = :module AND settled_at <= ${dialect.nowOnce} - :ttl AND status IN ('idle', 'error')
         AND ${dialect.noneOf('id', ':except')}
       ORDER BY settled_at LIMIT :limit`,
    ),

    STILL_RUNNING: statement(
      'still_running_sessions',
      { ids: 'uuid[]' },
      `SELECT id, current_turn_id AS turn_id FROM agent_session
       WHERE ${dialect.oneOf('id', ':ids')} AND status = 'running'`,
    ),

    COUNT: statement(
      'count_sessions',
      { module: 'text', ttl: 'bigint?', ...clock },
      `SELECT count(*) AS total FROM agent_session s WHERE s.module = :module AND ${alive(dialect)}`,
    ),

    LIST: listStatements(dialect),
  };
}
