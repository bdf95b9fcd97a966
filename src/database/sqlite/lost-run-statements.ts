import { lostRunStatements } from '../sql/lost-run-statements.js';
import { sqlite } from './sqlite-dialect.js';

const { statement, clock } = sqlite;

export const { LOST_RUNS, CHARGE, UNCLAIMABLE } = lostRunStatements(sqlite);

// What follows stays apart from PostgreSQL's, where each has its condition and all its effects in one statement.

export const IS_LOST = statement(
  'is_lost',
  { turnId: 'uuid', attempt: 'int', ...clock },
  `SELECT 1 FROM agent_turn WHERE id = :turnId AND attempt = :attempt AND status = 'running' AND lease_until < :now`,
);

export const REQUEUE_LOST = statement(
  'requeue_lost_turn',
  { turnId: 'uuid', lostRuns: 'int', ...clock },
  `UPDATE agent_turn
   SET status = 'queued', suspect = false, lease_until = NULL, queued_at = :now, lost_runs = :lostRuns
   WHERE id = :turnId`,
);

/** A turn whose last worker died stays suspect: the turns that ran beside it are not charged. */
export const FAIL_LOST_TURN = statement(
  'fail_lost_turn',
  { turnId: 'uuid', lostRuns: 'int', error: 'text', ...clock },
  `UPDATE agent_turn
   SET status = 'failed', error = :error, code = 'worker_lost', lost_runs = :lostRuns, lease_until = NULL, ended_at = :now
   WHERE id = :turnId`,
);
