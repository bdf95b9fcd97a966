import type { Holding, TurnRun } from '../../turns/turn-run.js';
import type { SqliteStatements } from './sqlite-statements.js';
import { BEGIN, RENEW } from './turn-statements.js';

/** Records that the agents of the runs that still hold their turns are called. */
export function beginRuns(sql: SqliteStatements, runs: TurnRun[]): Holding {
  return holding(runs, ({ turnId, attempt }) => sql.run(BEGIN({ turnId, attempt })));
}

/** Renews the leases of the runs that still hold their turns. */
export function renewRuns(sql: SqliteStatements, runs: TurnRun[], leaseUntil: number): Holding {
  return holding(runs, ({ turnId, attempt }) => sql.run(RENEW({ turnId, attempt, leaseUntil })));
}

function holding(runs: TurnRun[], change: (run: TurnRun) => number): Holding {
  const holding: Holding = { held: [], lost: [] };
  for (const run of runs) holding[change(run) > 0 ? 'held' : 'lost'].push(run.turnId);
  return holding;
}
