import { DatabaseUnavailableException } from '../../exceptions/index.js';
import type { LostRun, ReclaimedRun, TurnRun } from '../../turns/turn-run.js';
import { inMicroseconds } from '../columns.js';
import { maxIsolatedRuns, type StoreSettings } from '../database.options.js';
import { type LostRunRow, toLostRun } from '../turn-row.js';
import { ClockRepair } from './clock-repair.js';
import { logEvent } from './log-event.js';
import { settleInError } from './settle-turn.js';
import type { SqliteDatabase, SqliteStatements } from './sqlite-database.js';
import * as statements from './lost-run-statements.js';

/** The handling of turns whose workers died: the part of the TurnStore on SQLite that the sweeper calls. */
export class SqliteLostRuns {
  private readonly module: string;
  private readonly maxAttempts: number;
  private readonly clockRepair: ClockRepair;

  constructor(
    private readonly database: SqliteDatabase,
    { module, maxAttempts, lease }: StoreSettings,
  ) {
    this.module = module;
    this.maxAttempts = maxAttempts;
    this.clockRepair = new ClockRepair(database, { module, lease: inMicroseconds(lease) });
  }

  async countRefusedClaim(
    turnId: string,
    describe: (lost: LostRun) => string,
  ): Promise<ReclaimedRun | undefined> {
    return this.database.transaction((sql) => {
      const find = statements.UNCLAIMABLE({ turnId, module: this.module });
      const row = sql.get<LostRunRow>(find);
      return row && this.lose(sql, toLostRun(row), describe, this.database.now());
    });
  }

  async charge({ turnId, attempt }: TurnRun): Promise<boolean> {
    const charge = statements.CHARGE({ turnId, attempt });
    return this.database.transaction((sql) => sql.get(charge) !== undefined);
  }

  async reclaim(
    own: TurnRun[],
    limit: number,
    describe: (lost: LostRun) => string,
    onError: (lost: LostRun, error: unknown) => void = () => undefined,
  ): Promise<ReclaimedRun[]> {
    await this.clockRepair.once();
    const find = statements.LOST_RUNS({
      module: this.module,
      own: own.map(({ turnId }) => turnId),
      maxIsolated: maxIsolatedRuns(this.maxAttempts),
      soon: 0,
      limit,
      now: this.database.now(),
    });
    const rows = await this.database.read((sql) => sql.all<LostRunRow>(find));
    const reclaimed: ReclaimedRun[] = [];
    // One transaction each, so that a failing one does not affect the others.
    for (const row of rows) {
      const lost = toLostRun(row);
      try {
        const run = await this.database.transaction((sql) => {
          const now = this.database.now();
          const { turnId, attempt } = lost;
          const isLost = sql.get(statements.IS_LOST({ turnId, attempt, now })) !== undefined;
          return isLost ? this.lose(sql, lost, describe, now) : undefined;
        });
        if (run) reclaimed.push(run);
      } catch (error) {
        if (error instanceof DatabaseUnavailableException) throw error;
        onError(lost, error);
      }
    }
    return reclaimed;
  }

  /** Counts a lost run: the turn is queued again, or fails if that was its last. */
  private lose(
    sql: SqliteStatements,
    lost: LostRun,
    describe: (lost: LostRun) => string,
    now: number,
  ): ReclaimedRun {
    const { turnId, lostRuns } = lost;
    if (lostRuns < this.maxAttempts) {
      sql.run(statements.REQUEUE_LOST({ turnId, lostRuns, now }));
      logEvent(sql, turnId, 'turn.requeued', now, { data: { reason: 'worker_lost' } });
      return lost;
    }
    const error = describe(lost);
    sql.run(statements.FAIL_LOST_TURN({ turnId, lostRuns, error, now }));
    settleInError(sql, lost, error, now);
    return { ...lost, error };
  }
}
