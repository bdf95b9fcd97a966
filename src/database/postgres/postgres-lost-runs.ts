import { DatabaseUnavailableException } from '../../exceptions/index.js';
import type { TurnCode } from '../../facts/turn-end.js';
import type { ExpiringLease, LostRun, ReclaimedRun, TurnRun } from '../../turns/turn.store.js';
import { inMicroseconds } from '../columns.js';
import { LOCK_TIMEOUT, maxIsolatedRuns, type StoreSettings } from '../database.options.js';
import { type LostRunRow, toLostRun } from '../turn-row.js';
import * as statements from './lost-run-statements.js';
import type { PostgresDatabase, Statement } from './postgres-database.js';

/** The code of a turn without runs left. */
const WORKER_LOST: TurnCode = 'worker_lost';

/** The handling of turns whose workers died: the part of the TurnStore on PostgreSQL that the sweeper calls. */
export class PostgresLostRuns {
  private readonly module: string;
  private readonly maxAttempts: number;
  private readonly lease: number;

  constructor(
    private readonly database: PostgresDatabase,
    { module, maxAttempts, lease }: StoreSettings,
  ) {
    this.module = module;
    this.maxAttempts = maxAttempts;
    this.lease = inMicroseconds(lease);
  }

  async countRefusedClaim(
    turnId: string,
    describe: (lost: LostRun) => string,
  ): Promise<ReclaimedRun | undefined> {
    const [row] = await this.database.run<LostRunRow>(statements.UNCLAIMABLE, [turnId, this.module]);
    if (!row) return undefined;
    const lost = toLostRun(row);
    if (lost.lostRuns < this.maxAttempts) {
      return (await finds(this.database, statements.COUNT_REFUSED_CLAIM, [turnId, row.lost_runs]))
        ? lost
        : undefined;
    }
    const error = describe(lost);
    const failed = await finds(this.database, statements.FAIL_QUEUED, [
      ...fence(lost),
      null,
      error,
      WORKER_LOST,
    ]);
    return failed ? { ...lost, error } : undefined;
  }

  async reclaim(
    own: TurnRun[],
    limit: number,
    describe: (lost: LostRun) => string,
    onError: (lost: LostRun, error: unknown) => void = () => undefined,
    confirms?: (lease: ExpiringLease) => boolean,
  ): Promise<ReclaimedRun[]> {
    type Row = LostRunRow & { lease_until: string; expired: boolean };
    // A lease that is renewed in time always has at least two thirds of its time left.
    const soon = confirms ? Math.round(this.lease / 2) : 0;
    const values = [
      this.module,
      own.map(({ turnId }) => turnId),
      limit,
      soon,
      maxIsolatedRuns(this.maxAttempts),
    ];
    const reclaimed: ReclaimedRun[] = [];
    for (const row of await this.database.run<Row>(statements.LOST_RUNS, values)) {
      const lost = toLostRun(row);
      const isConfirmed = confirms?.({ ...lost, leaseUntil: row.lease_until }) ?? true;
      if (!isConfirmed || !row.expired) continue;
      try {
        const run = await this.reclaimOne(lost, row.lost_runs, describe);
        if (run) reclaimed.push(run);
      } catch (error) {
        if (error instanceof DatabaseUnavailableException) throw error;
        onError(lost, error);
      }
    }
    return reclaimed;
  }

  private async reclaimOne(
    lost: LostRun,
    lostBefore: number,
    describe: (lost: LostRun) => string,
  ): Promise<ReclaimedRun | undefined> {
    if (lost.lostRuns < this.maxAttempts) {
      const values = [lost.turnId, lost.attempt, lostBefore, lost.lostRuns];
      return (await finds(this.database, statements.REQUEUE_LOST, values)) ? lost : undefined;
    }
    const error = describe(lost);
    const values = [...fence(lost), null, error, WORKER_LOST, lostBefore, lost.lostRuns];
    return (await finds(this.database, statements.FAIL_LOST, values)) ? { ...lost, error } : undefined;
  }
}

/** The parameters by which the end of a run finds its turn. A locked session is awaited as long as in a request. */
export function fence(run: TurnRun): [string, string, string, number] {
  return [String(LOCK_TIMEOUT), run.sessionId, run.turnId, run.attempt];
}

/** Whether a statement has found and changed its row. */
export async function finds(
  database: PostgresDatabase,
  statement: Statement,
  values: unknown[],
): Promise<boolean> {
  return (await database.run(statement, values)).length > 0;
}
