import { DatabaseUnavailableException } from '../../exceptions/index.js';
import type { TurnCode } from '../../facts/turn-end.js';
import type { ExpiringLease, LostRun, ReclaimedRun, TurnRun } from '../../turns/turn-run.js';
import { inMicroseconds } from '../columns.js';
import { maxIsolatedRuns, type StoreSettings } from '../database.options.js';
import { type LostRunRow, toLostRun } from '../turn-row.js';
import * as statements from './lost-run-statements.js';
import type { PostgresDatabase } from './postgres-database.js';
import { fence } from './run-end.js';

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
    const find = statements.UNCLAIMABLE({ turnId, module: this.module });
    const [row] = await this.database.run<LostRunRow>(find);
    if (!row) return undefined;
    const lost = toLostRun(row);
    if (lost.lostRuns < this.maxAttempts) {
      const count = statements.COUNT_REFUSED_CLAIM({
        sessionId: lost.sessionId,
        turnId,
        lostBefore: row.lost_runs,
      });
      return (await this.database.finds(count)) ? lost : undefined;
    }
    const error = describe(lost);
    const fail = statements.FAIL_QUEUED({ ...fence(lost), error, code: WORKER_LOST });
    const failed = await this.database.finds(fail);
    return failed ? { ...lost, error } : undefined;
  }

  async charge({ turnId, attempt }: TurnRun): Promise<boolean> {
    return this.database.finds(statements.CHARGE({ turnId, attempt }));
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
    const find = statements.LOST_RUNS({
      module: this.module,
      own: own.map(({ turnId }) => turnId),
      maxIsolated: maxIsolatedRuns(this.maxAttempts),
      soon,
      limit,
    });
    const reclaimed: ReclaimedRun[] = [];
    for (const row of await this.database.run<Row>(find)) {
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
    const { sessionId, turnId, attempt, lostRuns } = lost;
    if (lostRuns < this.maxAttempts) {
      const requeue = statements.REQUEUE_LOST({ sessionId, turnId, attempt, lostBefore, lostRuns });
      return (await this.database.finds(requeue)) ? lost : undefined;
    }
    const error = describe(lost);
    const end = { ...fence(lost), error, code: WORKER_LOST, lostBefore, lostRuns };
    return (await this.database.finds(statements.FAIL_LOST(end))) ? { ...lost, error } : undefined;
  }
}
