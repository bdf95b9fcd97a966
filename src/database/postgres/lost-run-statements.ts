import { lostRunStatements } from '../sql/lost-run-statements.js';
import { leaveDelivery } from './leave-delivery.js';
import { KEPT_SESSION, logged, LOGGED_TURN, NEXT_EVENT } from './log-event.js';
import { postgres } from './postgres-dialect.js';
import { endOfRun, FENCE, settleSession } from './run-end.js';
import { NOW, NOW_ONCE } from './sql-fragments.js';

const { statement } = postgres;

export const { LOST_RUNS, CHARGE, UNCLAIMABLE } = lostRunStatements(postgres);

// What follows stays apart from SQLite's on purpose: each is one statement with all its effects. `lostBefore` is how
// many lost runs there were before, which another process may have changed, and `lostRuns` how many count now.

/** The CTE that logs that a turn is queued again because of its worker. */
const REQUEUED = logged('turn.requeued', { at: 'turn.queued_at', data: `'{"reason":"worker_lost"}'` });

export const REQUEUE_LOST = statement(
  'requeue_lost_turn',
  { sessionId: 'uuid', turnId: 'uuid', attempt: 'int', lostBefore: 'int', lostRuns: 'int' },
  `
    WITH ${KEPT_SESSION}, free AS (
      SELECT t.id FROM session, agent_turn t
      WHERE t.id = :turnId AND t.session_id = session.id AND t.attempt = :attempt AND t.status = 'running'
        AND t.lease_until < ${NOW_ONCE} AND t.lost_runs = :lostBefore
      FOR UPDATE OF t SKIP LOCKED
    ), turn AS (
      UPDATE agent_turn t
      SET status = 'queued', suspect = false, lease_until = NULL, queued_at = ${NOW}, lost_runs = :lostRuns, ${NEXT_EVENT}
      FROM free WHERE t.id = free.id
      RETURNING ${LOGGED_TURN}, t.queued_at
    ), ${REQUEUED}
    SELECT id FROM turn`,
);

export const COUNT_REFUSED_CLAIM = statement(
  'count_refused_claim',
  { sessionId: 'uuid', turnId: 'uuid', lostBefore: 'int' },
  `WITH ${KEPT_SESSION}, turn AS (
     UPDATE agent_turn t SET lost_runs = t.lost_runs + 1, queued_at = ${NOW}, ${NEXT_EVENT}
     FROM session
     WHERE t.id = :turnId AND t.session_id = session.id AND t.status = 'queued' AND t.lost_runs = :lostBefore
     RETURNING ${LOGGED_TURN}, t.queued_at
   ), ${REQUEUED}
   SELECT id FROM turn`,
);

const FAILED = `${settleSession(`status = 'error', response = NULL, error = :error`, 'turn.failed')},
  ${leaveDelivery('error', { error: ':error' })}
  SELECT id FROM turn`;

export const FAIL_QUEUED = statement(
  'fail_queued_turn',
  { ...FENCE, error: 'text', code: 'text' },
  `
    WITH ${endOfRun(`status = 'failed', error = :error, code = :code, lost_runs = t.lost_runs + 1`, { from: 'queued' })},
    ${FAILED}`,
);

/** As `FAIL`, for a run whose worker fell silent. */
export const FAIL_LOST = statement(
  'fail_lost_turn',
  { ...FENCE, error: 'text', code: 'text', lostBefore: 'int', lostRuns: 'int' },
  `
    WITH ${endOfRun(`status = 'failed', error = :error, code = :code, lost_runs = :lostRuns`, {
      guard: `AND t.lease_until < ${NOW_ONCE} AND t.lost_runs = :lostBefore`,
    })},
    ${FAILED}`,
);
