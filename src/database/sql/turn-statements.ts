import { SCOPE, scoped } from './conditions.js';
import { pendingInterrupts } from './interrupts.js';
import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

/** A turn as clients of the UI protocols know it. */
const CLIENT_TURN = 't.id, t.status, t.attempt, t.client_message_id, t.client_run_id';

/** The statements on turns that are the same in both dialects. */
export function turnStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, nowOnce, statement } = dialect;
  const session = { ...SCOPE, ...clock };

  return {
    /** What decides whether a session accepts a message, and which turn it has. */
    SESSION_STATE: statement(
      'session_state',
      session,
      `SELECT s.owner, s.metadata, s.current_turn_id, s.turn_count, s.message_count, s.history_bytes, s.created_at,
         s.history_version, s.last_event_id, ${pendingInterrupts(dialect)} AS interrupts
       FROM agent_session s
       WHERE ${scoped(dialect)}`,
    ),

    QUEUED: statement(
      'queued_turns',
      { module: 'text', olderThan: 'bigint', limit: 'int', ...clock },
      `SELECT id FROM agent_turn
       WHERE module = :module AND status = 'queued' AND queued_at <= ${nowOnce} - :olderThan
       ORDER BY queued_at LIMIT :limit`,
    ),

    /** The session's row with the turn, or alone where it has no such turn. */
    FIND: statement(
      'find_turn',
      { ...session, turnId: 'uuid' },
      `SELECT t.id, t.number, t.status, t.input, t.response, t.error, t.code, t.attempt, t.total_tokens, t.created_at,
         t.started_at, t.ended_at
       FROM agent_session s LEFT JOIN agent_turn t ON t.id = :turnId AND t.session_id = s.id
       WHERE ${scoped(dialect)}`,
    ),

    /** The last turn that a message has started to which a client of a UI protocol gave this id. */
    ASKED_BY: statement(
      'turn_asked_by',
      { ...session, messageId: 'text' },
      `SELECT ${CLIENT_TURN}
       FROM agent_session s JOIN agent_turn t ON t.session_id = s.id AND t.client_message_id = :messageId
       WHERE ${scoped(dialect)}
       ORDER BY t.number DESC LIMIT 1`,
    ),

    CLIENT_TURNS: statement(
      'client_turns',
      { ...session, turnIds: 'uuid[]' },
      `SELECT ${CLIENT_TURN}
       FROM agent_session s JOIN agent_turn t ON t.session_id = s.id AND ${dialect.oneOf('t.id', ':turnIds')}
       WHERE ${scoped(dialect)}`,
    ),

    /** The session's row, once for each turn of the page, or alone where the page is empty. */
    // Sizes are added up before the texts are read, because a window function copies every column of its rows.
    LIST: statement(
      'list_turns',
      { ...session, after: 'int', limit: 'int', bytes: 'bigint' },
      `SELECT s.turn_count, t.* FROM agent_session s LEFT JOIN (
         SELECT turn.id, turn.session_id, turn.number, turn.status, turn.input, turn.response, turn.error, turn.code,
           turn.attempt, turn.total_tokens, turn.created_at, turn.started_at, turn.ended_at
         FROM (
           SELECT id, sum(size) OVER (ORDER BY number) AS bytes, row_number() OVER (ORDER BY number) AS place
           FROM (
             SELECT id, number, octet_length(input) + coalesce(octet_length(response), 0) AS size FROM agent_turn
             WHERE session_id = :id AND number > :after ORDER BY number LIMIT :limit
           ) page
         ) sized JOIN agent_turn turn ON turn.id = sized.id
         WHERE place = 1 OR bytes <= :bytes
       ) t ON t.session_id = s.id
       WHERE ${scoped(dialect)}
       ORDER BY t.number`,
    ),
  };
}
