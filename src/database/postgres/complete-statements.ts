import { keepLoggedMessages } from './event-statements.js';
import { keepShownHistory, leaveDelivery } from './leave-delivery.js';
import { postgres } from './postgres-dialect.js';
import { ADDED_TOKENS, endOfRun, FENCE, settleSession } from './run-end.js';
import { LOCK_LIMIT } from './sql-fragments.js';

const { statement } = postgres;

/**
 * `bytes` is the size of the messages that are added, and `firstNew` the index of the first that belongs to the turn.
 */
export const COMPLETE = statement(
  'complete_turn',
  {
    ...FENCE,
    totalTokens: 'bigint?',
    response: 'text',
    roles: 'text[]',
    contents: 'text[]',
    details: 'text[]',
    ids: 'uuid[]',
    firstNew: 'int',
    bytes: 'bigint',
    maxHistory: 'bigint',
  },
  `
    WITH ${endOfRun(`status = 'completed', suspect = false, response = :response`, {
      guard: `AND session.history_bytes + :bytes <= :maxHistory`,
      tokens: ADDED_TOKENS,
    })},
    ${settleSession(
      `status = 'idle', response = :response, error = NULL,
      message_count = s.message_count + cardinality(:roles), history_bytes = s.history_bytes + :bytes`,
      'turn.completed',
      {
        firstPosition: 'session.message_count + :firstNew',
        messageCount: 'cardinality(:roles) - :firstNew',
        from: 'turn, session',
      },
    )},
    recorded AS (
      INSERT INTO agent_message (session_id, position, role, content, details, id, turn_id, created_at)
      SELECT session.id, session.message_count + m.ordinality - 1, m.role, m.content, m.details, m.id,
        turn.id, turn.ended_at
      FROM turn, session,
        unnest(:roles, :contents, :details, :ids) WITH ORDINALITY m (role, content, details, id)
    ),
    ${leaveDelivery('idle', {
      response: ':response',
      messageCount: 'session.message_count + cardinality(:roles)',
      historyBytes: 'session.history_bytes + :bytes',
    })}
    SELECT EXISTS (SELECT FROM turn) AS completed, session.history_bytes + :bytes > :maxHistory AS too_large
    FROM session`,
);

/**
 * Before {@link COMPLETE}, in its transaction, where the agent replaced the history. It locks the turn as well:
 * only locked rows are looked at again when the session was waited for, and a cancel may have ended the turn by
 * then. Deliveries that are still to be made get a copy of what they show.
 */
export const FORGET_HISTORY = statement(
  'forget_history',
  FENCE,
  `
    WITH ${LOCK_LIMIT}, session AS (
      SELECT s.id FROM lock_limit, agent_session s JOIN agent_turn t ON t.session_id = s.id
      WHERE s.id = :sessionId AND t.id = :turnId AND t.attempt = :attempt AND t.status = 'running'
      FOR NO KEY UPDATE OF s, t
    ), ${keepShownHistory('session')}, ${keepLoggedMessages('session')}, forgotten AS (
      DELETE FROM agent_message m USING session WHERE m.session_id = session.id
    ), emptied AS (
      UPDATE agent_session s SET message_count = 0, history_bytes = 0, history_version = s.history_version + 1
      FROM session WHERE s.id = session.id
    )
    SELECT id FROM session`,
);
