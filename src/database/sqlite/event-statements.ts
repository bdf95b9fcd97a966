import { alive } from '../sql/conditions.js';
import { BATCH, eventBatch, eventStatements, LASTING, loggedMessages } from '../sql/event-statements.js';
import { sqlite } from './sqlite-dialect.js';

const { statement, clock } = sqlite;

export const { POSITION, POSITIONS } = eventStatements(sqlite);

const ACCEPTED = { sessionId: 'uuid', turnId: 'uuid', lastEvent: 'int', ...clock } as const;

const QUEUED_EVENT = `INSERT INTO agent_event (session_id, id, type, turn_id, attempt, at)
   VALUES (:sessionId, :lastEvent + 1, 'turn.queued', :turnId, NULL, :now)`;

/** Of a turn that is inserted with this event counted, which saves {@link COUNT_EVENT}. */
export const LOG_QUEUED = statement('log_queued_turn', ACCEPTED, QUEUED_EVENT);

/** Of a turn that is accepted as running. */
export const LOG_QUEUED_AND_STARTED = statement(
  'log_started_turn',
  ACCEPTED,
  `${QUEUED_EVENT}, (:sessionId, :lastEvent + 2, 'turn.started', :turnId, 1, :now)`,
);

/** Counts the next event of a turn; {@link LOG} then inserts it. */
export const COUNT_EVENT = statement(
  'count_event',
  { turnId: 'uuid' },
  `UPDATE agent_turn SET last_event_id = last_event_id + 1 WHERE id = :turnId`,
);

export const LOG = statement(
  'log_event',
  { turnId: 'uuid', type: 'text', data: 'text?', firstPosition: 'int?', messageCount: 'int?', ...clock },
  `INSERT INTO agent_event (session_id, id, type, turn_id, attempt, at, data, first_position, message_count)
   SELECT session_id, last_event_id, :type, id, CASE WHEN :type = 'turn.queued' THEN NULL ELSE nullif(attempt, 0) END,
     :now, :data, :firstPosition, :messageCount
   FROM agent_turn WHERE id = :turnId`,
);

/** Of a run that holds its turn. */
export const COUNT_EMITTED = statement(
  'count_emitted_events',
  { turnId: 'uuid', attempt: 'int', count: 'int', size: 'int' },
  `UPDATE agent_turn SET last_event_id = last_event_id + :count, event_bytes = event_bytes + :size, streamed = true
   WHERE id = :turnId AND attempt = :attempt AND status = 'running'
   RETURNING last_event_id`,
);

export const INSERT_EMITTED = statement(
  'insert_emitted_event',
  {
    sessionId: 'uuid',
    id: 'int',
    type: 'text',
    turnId: 'uuid',
    attempt: 'int',
    data: 'text',
    ...clock,
  },
  `INSERT INTO agent_event (session_id, id, type, turn_id, attempt, at, data)
   VALUES (:sessionId, :id, :type, :turnId, :attempt, :now, :data)`,
);

/** As on PostgreSQL, before a history is replaced. */
export const KEEP_LOGGED_MESSAGES = statement(
  'keep_logged_messages',
  { sessionId: 'uuid' },
  `UPDATE agent_event AS e SET data = (${loggedMessages(sqlite)}), first_position = NULL, message_count = NULL
   WHERE e.session_id = :sessionId AND e.message_count IS NOT NULL`,
);

export const SESSION_CREATED = statement(
  'session_created',
  { id: 'uuid', module: 'text', ttl: 'bigint?', ...clock },
  `SELECT s.created_at FROM agent_session s WHERE s.id = :id AND s.module = :module AND ${alive(sqlite)}`,
);

export const READ = statement(
  'read_events',
  { id: 'uuid', after: 'bigint', ...BATCH },
  `${eventBatch(sqlite, ':id', ':after')} ORDER BY e.id`,
);

/** `:retention` is in microseconds. */
export const STREAMED = statement(
  'streamed_turns',
  { module: 'text', retention: 'bigint', limit: 'int', ...clock },
  `SELECT id, session_id, first_event_id, last_event_id FROM agent_turn
   WHERE module = :module AND streamed AND ended_at <= :now - :retention
   ORDER BY ended_at LIMIT :limit`,
);

export const REMOVE_STREAMED = statement(
  'remove_streamed_events',
  { sessionId: 'uuid', first: 'int', last: 'int' },
  `DELETE FROM agent_event
   WHERE session_id = :sessionId AND id BETWEEN :first AND :last AND type NOT IN ${LASTING}`,
);

export const MARK_COMPACTED = statement(
  'mark_compacted_turn',
  { turnId: 'uuid' },
  `UPDATE agent_turn SET streamed = false WHERE id = :turnId`,
);
