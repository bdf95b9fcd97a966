import { LASTING_TYPES } from '../../events/event-types.js';
import { INTERRUPT_ORDER, interruptFields } from '../interrupt-row.js';
import { alive, SCOPE, scoped } from './conditions.js';
import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

/** The types of events that stay, as a list of SQL. */
export const LASTING = `(${LASTING_TYPES.map((type) => `'${type}'`).join(', ')})`;

/** The last event of session `s`: that of its unfinished turn, if it has one. */
export const LAST_EVENT = `coalesce(
  (SELECT t.last_event_id FROM agent_turn t WHERE t.id = s.current_turn_id), s.last_event_id)`;

/** What a place in a log is read by. */
export const BATCH = { limit: 'int', bytes: 'bigint' } as const;

/** How a dialect makes JSON of rows. */
type Json = Pick<Dialect<Parameters, unknown>, 'tuples' | 'json' | 'jsonRows'>;

/** The messages of event `e` that the history has. */
export function loggedMessages({ tuples }: Json): string {
  return `SELECT ${tuples('m.role, m.content, m.details, m.id', 'm.position')} FROM agent_message m
      WHERE m.session_id = e.session_id AND m.position >= e.first_position
        AND m.position < e.first_position + e.message_count`;
}

/**
 * The events of a session after one: at most `:limit`, and as many as fit into `:bytes`, but at least one. What the
 * turn and the history have is read from there.
 */
// Sizes are added up before the texts are read, because a window function copies every column of its rows.
export function eventBatch(dialect: Json, session: string, after: string): string {
  const { json, jsonRows } = dialect;
  /** The questions of the event's run. */
  const ofRun = 'FROM agent_interrupt i WHERE i.turn_id = e.turn_id AND i.attempt = e.attempt';
  const only = (type: string, column: string) =>
    `CASE WHEN e.type = '${type}' THEN t.${column} END AS ${column}`;
  return `
    SELECT e.id, e.type, e.turn_id, e.attempt, e.at, e.data, ${only('turn.queued', 'input')},
      ${only('turn.completed', 'response')}, ${only('turn.completed', 'total_tokens')},
      ${only('turn.failed', 'error')}, ${only('turn.failed', 'code')},
      CASE WHEN e.message_count IS NOT NULL THEN (${loggedMessages(dialect)}) END AS messages,
      CASE WHEN e.type = 'turn.interrupted' THEN (
        SELECT ${jsonRows(interruptFields(json('i.payload')), INTERRUPT_ORDER)} ${ofRun}) END AS interrupts,
      CASE WHEN e.type = 'turn.resumed' THEN (
        SELECT ${jsonRows({ interrupt_id: 'i.id', value: json('i.value') }, INTERRUPT_ORDER)} ${ofRun}) END AS answers
    FROM (
      SELECT id, sum(size) OVER (ORDER BY id) AS bytes, row_number() OVER (ORDER BY id) AS place
      FROM (
        SELECT id, coalesce(octet_length(data), 0) AS size FROM agent_event
        WHERE session_id = ${session} AND id > ${after} ORDER BY id LIMIT :limit
      ) page
    ) sized JOIN agent_event e ON e.session_id = ${session} AND e.id = sized.id
    JOIN agent_turn t ON t.id = e.turn_id
    WHERE sized.place = 1 OR sized.bytes <= :bytes`;
}

/** The statements on logs that both dialects share. */
export function eventStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, statement } = dialect;
  return {
    /** The session's row, with its unfinished turn and the turn that is asked for, as far as there are such. */
    POSITION: statement(
      'log_position',
      { ...SCOPE, ...clock, turnId: 'uuid?' },
      `SELECT s.created_at, ${LAST_EVENT} AS last, unfinished.first_event_id AS unfinished,
         asked.first_event_id AS turn_first, asked.last_event_id AS turn_last, asked.ended_at AS turn_ended
       FROM agent_session s LEFT JOIN agent_turn unfinished ON unfinished.id = s.current_turn_id
         LEFT JOIN agent_turn asked ON asked.id = :turnId AND asked.session_id = s.id
       WHERE ${scoped(dialect)}`,
    ),

    // The module is compared so that no index of modules is used for it.
    POSITIONS: statement(
      'log_positions',
      { ids: 'uuid[]', module: 'text', ttl: 'bigint?', ...clock },
      `SELECT s.id, s.created_at, ${LAST_EVENT} AS last FROM agent_session s
       WHERE ${dialect.oneOf('s.id', ':ids')} AND (s.module = :module) IS TRUE AND ${alive(dialect)}`,
    ),
  };
}
