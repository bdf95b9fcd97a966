import { OWN_PROCESS } from '../database.options.js';
import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

/** The statements on lost runs that are the same in both dialects. */
export function lostRunStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, nowOnce, statement } = dialect;
  return {
    /**
     * Runs whose lease has expired, or will within `:soon`, those of `:own` left out. One that ran beside a turn that
     * is taken for the cause of its worker's death is not charged; nor is one that ran in a process of its own which
     * cannot have caused it, up to `:maxIsolated` runs.
     */
    LOST_RUNS: statement(
      'lost_runs',
      { module: 'text', own: 'uuid[]', maxIsolated: 'int', soon: 'bigint', limit: 'int', ...clock },
      `SELECT t.id, t.session_id, t.attempt, t.lost_runs, s.owner, t.webhook IS NOT NULL AS has_webhook, CASE
           WHEN t.worker = '${OWN_PROCESS}' THEN t.attempt >= :maxIsolated
           ELSE t.suspect OR NOT EXISTS (
             SELECT 1 FROM agent_turn other
             WHERE other.worker = t.worker AND other.suspect AND other.id <> t.id
               AND (other.status = 'running' OR other.code = 'worker_lost')
           )
         END AS charged,
         t.lease_until, t.lease_until < ${nowOnce} AS expired
       FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
       WHERE t.module = :module AND t.status = 'running' AND t.lease_until < ${nowOnce} + :soon
         AND ${dialect.noneOf('t.id', ':own')}
       ORDER BY t.lease_until LIMIT :limit
       ${dialect.lockFree('t')}`,
    ),

    /** A run without a worker is charged, because no other turn and no process of its own can be the cause. */
    CHARGE: statement(
      'charge_run',
      { turnId: 'uuid', attempt: 'int' },
      `UPDATE agent_turn SET worker = NULL WHERE id = :turnId AND attempt = :attempt AND status = 'running'
       RETURNING id`,
    ),

    /** A queued turn that cannot be claimed. */
    UNCLAIMABLE: statement(
      'unclaimable_turn',
      { turnId: 'uuid', module: 'text' },
      `SELECT t.id, t.session_id, t.attempt, t.lost_runs, s.owner, t.webhook IS NOT NULL AS has_webhook, true AS charged
       FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
       WHERE t.id = :turnId AND t.module = :module AND t.status = 'queued'`,
    ),
  };
}
