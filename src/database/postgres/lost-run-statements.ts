import { lostRunStatements } from '../sql/lost-run-statements.js';
import { leaveDelivery } from './leave-delivery.js';
import { postgres } from './postgres-dialect.js';
import { endOfRun, FENCE, settleSession } from './run-end.js';
import { NOW, NOW_ONCE } from './sql-fragments.js';

const { statement } = postgres;

export const { LOST_RUNS, CHARGE, UNCLAIMABLE } = lostRunStatements(postgres);

// What follows stays apart from SQLite's on purpose: each is one statement with all its effects. `lostBefore` is how
// many lost runs there were before, which another process may have changed, and `lostRuns` how many count now.

export const REQUEUE_LOST = statement(
  'requeue_lost_turn',
  { turnId: 'uuid', attempt: 'int', lostBefore: 'int', lostRuns: 'int' },
  `
    WITH free AS (
      SELECT id FROM agent_turn
      WHERE id = :turnId AND attempt = :attempt AND status = 'running' AND lease_until < ${NOW_ONCE}
        AND lost_runs = :lostBefore
      FOR UPDATE SKIP LOCKED
    ), requeued AS (
      UPDATE agent_turn t
      SET status = 'queued', suspect = false, lease_until = NULL, queued_at = ${NOW}, lost_runs = :lostRuns
      FROM free WHERE t.id = free.id
      RETURNING t.id
    )
    SELECT id FROM requeued`,
);

export const COUNT_REFUSED_CLAIM = statement(
  'count_refused_claim',
  { turnId: 'uuid', lostBefore: 'int' },
  `UPDATE agent_turn t SET lost_runs = t.lost_runs + 1, queued_at = ${NOW}
   WHERE t.id = :turnId AND t.status = 'queued' AND t.lost_runs = :lostBefore
   RETURNING t.id`,
);

const FAILED = `${settleSession(`status = 'error', response = NULL, error = :error`)},
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
