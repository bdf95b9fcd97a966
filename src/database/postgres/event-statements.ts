import { alive } from '../sql/conditions.js';
import { BATCH, eventBatch, eventStatements, LASTING, loggedMessages } from '../sql/event-statements.js';
import { postgres } from './postgres-dialect.js';
import { NOW, NOW_ONCE } from './sql-fragments.js';

const { statement } = postgres;

export const { POSITION, POSITIONS } = eventStatements(postgres);

/**
 * A CTE that gives the completed turns of a session a copy of the messages that they have recorded, before its history
 * is replaced.
 */
export function keepLoggedMessages(session: string): string {
  return `
    logged AS (
      UPDATE agent_event e SET data = (${loggedMessages(postgres)}), first_position = NULL, message_count = NULL
      FROM ${session} WHERE e.session_id = ${session}.id AND e.message_count IS NOT NULL
    )`;
}

/**
 * Appends to the logs of runs that hold their turns. Like a renewal, it does not wait for a locked turn, because all
 * other runs would wait with it. Sessions are locked first, against their removal. For each run it says whether it has
 * appended and whether the run is lost.
 */
export const APPEND = statement(
  'append_events',
  {
    sessionIds: 'uuid[]',
    turnIds: 'uuid[]',
    attempts: 'int[]',
    counts: 'int[]',
    sizes: 'int[]',
    turns: 'int[]',
    numbers: 'int[]',
    types: 'text[]',
    data: 'text[]',
  },
  `
    WITH run AS (
      SELECT * FROM unnest(:turnIds, :attempts, :counts, :sizes) WITH ORDINALITY run (id, attempt, count, size, place)
    ), session AS (
      SELECT s.id FROM agent_session s WHERE s.id = ANY (:sessionIds) ORDER BY s.id FOR KEY SHARE SKIP LOCKED
    ), free AS (
      SELECT t.id, run.count, run.size, run.place FROM session, agent_turn t, run
      WHERE t.id = run.id AND t.session_id = session.id AND t.attempt = run.attempt AND t.status = 'running'
      ORDER BY t.id FOR UPDATE OF t SKIP LOCKED
    ), turn AS (
      UPDATE agent_turn t
      SET last_event_id = t.last_event_id + free.count, event_bytes = t.event_bytes + free.size, streamed = true
      FROM free WHERE t.id = free.id
      RETURNING t.id, t.session_id, t.attempt, t.last_event_id - free.count AS before, free.place
    ), logged AS (
      INSERT INTO agent_event (session_id, id, type, turn_id, attempt, at, data)
      SELECT turn.session_id, turn.before + piece.number, piece.type, turn.id, turn.attempt, moment.now, piece.data
      FROM (SELECT ${NOW} AS now) moment, turn
        JOIN unnest(:turns, :numbers, :types, :data) piece (turn, number, type, data) ON piece.turn = turn.place
    )
    SELECT run.id, turn.id IS NOT NULL AS appended, t.id IS NULL AS lost
    FROM run LEFT JOIN turn ON turn.id = run.id
      LEFT JOIN agent_turn t ON t.id = run.id AND t.attempt = run.attempt AND t.status = 'running'`,
);

/** What follows each place, beside its number from 1; a place alone if nothing does. */
export const READ = statement(
  'read_events',
  { ids: 'uuid[]', afters: 'bigint[]', module: 'text', ttl: 'bigint?', ...BATCH },
  `SELECT place.number, s.created_at, event.*
   FROM unnest(:ids, :afters) WITH ORDINALITY place (id, after, number)
     JOIN agent_session s ON s.id = place.id
     LEFT JOIN LATERAL (${eventBatch(postgres, 'place.id', 'place.after')}
     ) event ON true
   WHERE s.module = :module AND ${alive(postgres)}
   ORDER BY place.number, event.id`,
);

/** `:retention` is in microseconds. */
export const COMPACT = statement(
  'compact_events',
  { module: 'text', retention: 'bigint', limit: 'int' },
  `WITH done AS (
     SELECT id, session_id, first_event_id, last_event_id FROM agent_turn
     WHERE module = :module AND streamed AND ended_at <= ${NOW_ONCE} - :retention
     ORDER BY ended_at LIMIT :limit FOR UPDATE SKIP LOCKED
   ), removed AS (
     DELETE FROM agent_event e USING done
     WHERE e.session_id = done.session_id AND e.id BETWEEN done.first_event_id AND done.last_event_id
       AND e.type NOT IN ${LASTING}
   ), compacted AS (
     UPDATE agent_turn t SET streamed = false FROM done WHERE t.id = done.id RETURNING t.id
   )
   SELECT id FROM compacted`,
);
