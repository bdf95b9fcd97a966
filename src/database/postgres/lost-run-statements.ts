import { OWN_PROCESS } from '../database.options.js';
import { leaveDelivery } from './leave-delivery.js';
import { NOW, NOW_ONCE } from './sql-fragments.js';
import { endOfRun, settleSession } from './turn-statements.js';

/**
 * Runs whose lease has expired, or will soon. One that ran beside a turn that is taken for the cause of its worker's
 * death is not charged; nor is one that ran in a process of its own which cannot have caused it,
 * up to a number of runs. $1 module, $2 own turns, $3 limit, $4 how soon, $5 that number
 */
export const LOST_RUNS = {
  name: 'lost_runs',
  text: `
    SELECT t.id, t.session_id, t.attempt, t.lost_runs, s.owner, t.webhook IS NOT NULL AS has_webhook, CASE
      WHEN t.worker = '${OWN_PROCESS}'::uuid THEN t.attempt >= $5::int
      ELSE t.suspect OR NOT EXISTS (
      SELECT FROM agent_turn other
      WHERE other.worker = t.worker AND other.suspect AND other.id <> t.id
        AND (other.status = 'running' OR other.code = 'worker_lost')
    )
    END AS charged, t.lease_until, t.lease_until < ${NOW_ONCE} AS expired
    FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
    WHERE t.module = $1::text AND t.status = 'running' AND t.lease_until < ${NOW_ONCE} + $4::bigint
      AND t.id <> ALL ($2::uuid[])
    ORDER BY t.lease_until LIMIT $3::int
    FOR UPDATE OF t SKIP LOCKED`,
};

/** $1 turn, $2 attempt, $3 how many lost runs there were before, $4 how many count */
export const REQUEUE_LOST = {
  name: 'requeue_lost_turn',
  text: `
    WITH free AS (
      SELECT id FROM agent_turn
      WHERE id = $1::uuid AND attempt = $2::int AND status = 'running' AND lease_until < ${NOW_ONCE}
        AND lost_runs = $3::int
      FOR UPDATE SKIP LOCKED
    ), requeued AS (
      UPDATE agent_turn t
      SET status = 'queued', suspect = false, lease_until = NULL, queued_at = ${NOW}, lost_runs = $4::int
      FROM free WHERE t.id = free.id
      RETURNING t.id
    )
    SELECT id FROM requeued`,
};

/** A queued turn that cannot be claimed. $1 turn, $2 module */
export const UNCLAIMABLE = {
  name: 'unclaimable_turn',
  text: `
    SELECT t.id, t.session_id, t.attempt, t.lost_runs, s.owner, t.webhook IS NOT NULL AS has_webhook, true AS charged
    FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
    WHERE t.id = $1::uuid AND t.module = $2::text AND t.status = 'queued'`,
};

/** $1 turn, $2 how many lost runs there were before */
export const COUNT_REFUSED_CLAIM = {
  name: 'count_refused_claim',
  text: `
    WITH counted AS (
      UPDATE agent_turn t SET lost_runs = t.lost_runs + 1, queued_at = ${NOW}
      WHERE t.id = $1::uuid AND t.status = 'queued' AND t.lost_runs = $2::int
      RETURNING t.id
    )
    SELECT id FROM counted`,
};

/** $1 lock limit, $2 session, $3 turn, $4 attempt, $5 tokens, $6 error, $7 code */
export const FAIL_QUEUED = {
  name: 'fail_queued_turn',
  text: `
    WITH ${endOfRun(`status = 'failed', error = $6::text, code = $7::text, lost_runs = t.lost_runs + 1`, {
      from: 'queued',
    })},
    ${settleSession(`status = 'error', response = NULL, error = $6::text`)},
    ${leaveDelivery('error', { error: '$6::text' })}
    SELECT id FROM turn`,
};

/** As `FAIL`, for a run whose worker fell silent. …$8 how many lost runs there were before, $9 how many count */
export const FAIL_LOST = {
  name: 'fail_lost_turn',
  text: `
    WITH ${endOfRun(`status = 'failed', error = $6::text, code = $7::text, lost_runs = $9::int`, {
      guard: `AND t.lease_until < ${NOW_ONCE} AND t.lost_runs = $8::int`,
    })},
    ${settleSession(`status = 'error', response = NULL, error = $6::text`)},
    ${leaveDelivery('error', { error: '$6::text' })}
    SELECT id FROM turn`,
};
