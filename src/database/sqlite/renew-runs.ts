import type { Renewal, TurnRun } from '../../turns/turn-run.js';
import type { SqliteStatements } from './sqlite-statements.js';
import { RENEW } from './turn-statements.js';

/** Renews the leases of the runs that still hold their turns. */
export function renewRuns(sql: SqliteStatements, runs: TurnRun[], leaseUntil: number): Renewal {
  const renewal: Renewal = { renewed: [], lost: [] };
  for (const { turnId, attempt } of runs) {
    const isHeld = sql.run(RENEW({ turnId, attempt, leaseUntil })) > 0;
    renewal[isHeld ? 'renewed' : 'lost'].push(turnId);
  }
  return renewal;
}
