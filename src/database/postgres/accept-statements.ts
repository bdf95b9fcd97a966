import { NOT_CALLED_YET } from '../database.options.js';
import { SCOPE, scoped } from '../sql/conditions.js';
import { postgres } from './postgres-dialect.js';
import { LOCK_LIMIT, NOW } from './sql-fragments.js';

/** `room` is the largest history that leaves room for the message. */
const TURN = {
  lockTimeout: 'text?',
  ...SCOPE,
  turnId: 'uuid',
  input: 'text',
  webhook: 'text?',
  traceparent: 'text?',
  clientMessage: 'text?',
  clientRun: 'text?',
  room: 'bigint',
} as const;

/**
 * Sets a session to running and inserts its turn, with these values in addition to those of every new turn, and with
 * the events that follow its first.
 */
function accept(turn: Record<string, string>, ...events: string[]): string {
  return `
    WITH ${LOCK_LIMIT}, session AS (
      UPDATE agent_session s
      SET status = 'running', response = NULL, error = NULL, current_turn_id = :turnId, last_turn_id = :turnId,
        turn_count = s.turn_count + 1, updated_at = ${NOW}
      FROM lock_limit
      WHERE ${scoped(postgres)} AND s.status IN ('idle', 'error') AND s.history_bytes <= :room
      RETURNING s.id, s.turn_count, s.owner, s.metadata, s.message_count, s.created_at, s.updated_at, s.history_version,
        s.last_event_id
    ), turn AS (
      INSERT INTO agent_turn
        (id, session_id, module, number, input, webhook, trace_id, traceparent, client_message_id, client_run_id,
          created_at, queued_at, first_event_id, last_event_id, ${Object.keys(turn).join(', ')})
      SELECT :turnId, session.id, :module, session.turn_count, :input, :webhook, substr(:traceparent, 4, 32), :traceparent,
        :clientMessage, :clientRun, moment.now, moment.now, session.last_event_id + 1, session.last_event_id + ${events.length + 1},
        ${Object.values(turn).join(', ')}
      FROM session, (SELECT ${NOW} AS now) moment
      RETURNING id, session_id, attempt, created_at, first_event_id
    ), logged AS (
      INSERT INTO agent_event (session_id, id, type, turn_id, attempt, at)
      SELECT turn.session_id, turn.first_event_id + e.place, e.type, turn.id, e.attempt, turn.created_at
      FROM turn, (VALUES ${['turn.queued', ...events].map(eventOfFirstRun).join(', ')}) e (place, type, attempt)
    )`;
}

/** Only the acceptance belongs to no run. */
function eventOfFirstRun(type: string, place: number): string {
  return `(${place}, '${type}', ${place === 0 ? 'NULL' : 1}::int)`;
}

export const ACCEPT = postgres.statement(
  'accept_turn',
  TURN,
  `${accept({ status: `'queued'`, attempt: '0', lost_runs: '0' })}
   SELECT session.owner FROM turn, session`,
);

/**
 * The same as running, with its first run. The history is read when the run begins, because its table may be locked,
 * and no acceptance should wait for that.
 */
export const ACCEPT_RUNNING = postgres.statement(
  'accept_running_turn',
  { ...TURN, lease: 'bigint', worker: 'uuid' },
  `${accept(
    {
      status: `'running'`,
      attempt: '1',
      lost_runs: String(NOT_CALLED_YET),
      started_at: 'moment.now',
      lease_until: 'moment.now + :lease',
      worker: ':worker',
    },
    'turn.started',
  )}
   SELECT session.owner, session.metadata, session.message_count, session.created_at, session.updated_at,
     session.history_version, session.last_event_id
   FROM turn, session`,
);
