import { Inject, Injectable } from '@nestjs/common';

import { describeRefusal } from '../exceptions/refusal.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { LeaseKeeper } from './lease-keeper.js';
import { LeaseWatch } from './lease-watch.js';
import { describeLostRuns } from './run-end.js';
import { TurnDispatcher } from './turn-dispatcher.js';
import { TurnEffects } from './turn-effects.js';
import { TurnRunner } from './turn-runner.js';
import type { LostRun, TurnRun } from './turn-run.js';
import { TURN_STORE, type TurnStore } from './turn.store.js';

/** Maximum number of lost runs per query. */
const BATCH = 100;

/** How long a run is skipped if the database does not allow it to end. */
const PASSED_OVER_MS = 30_000;

/**
 * The share of a lease by which a renewal may be late before the run counts as lost: more than the third after which
 * it is renewed.
 */
const GRACE = 0.45;

/** Ends runs whose workers are dead or silent, and requeues their turns. */
@Injectable()
export class LostRuns {
  private readonly logger = new ContainedLogger(LostRuns.name);
  private readonly watch: LeaseWatch;
  private readonly passedOver = new Map<string, { run: TurnRun; until: number }>();

  constructor(
    private readonly runner: TurnRunner,
    private readonly leases: LeaseKeeper,
    private readonly dispatcher: TurnDispatcher,
    private readonly effects: TurnEffects,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(SESSIONS_OPTIONS) { lease }: ResolvedSessionsOptions,
  ) {
    this.watch = new LeaseWatch(lease * GRACE);
  }

  /** Resolves with whether there may be more. */
  async reclaim(): Promise<boolean> {
    // Renews this process's own runs first, because their leases look expired after the event loop was blocked or the
    // database was down.
    await this.leases.renew(this.runner.runs);
    this.watch.begin();
    const lost = await this.turns.reclaim(
      [...this.runner.own, ...this.leftOut()],
      BATCH,
      ({ lostRuns }) => describeLostRuns(lostRuns),
      (run, error) => {
        this.passOver(run, error);
      },
      (lease) => this.watch.confirms(lease),
    );
    for (const run of lost) {
      this.effects.lostRun(run, 'Lost its worker');
      if (run.error === undefined) this.dispatcher.dispatch(run.turnId);
    }
    return lost.length === BATCH;
  }

  private leftOut(): TurnRun[] {
    const now = performance.now();
    for (const [turnId, { until }] of this.passedOver) if (until < now) this.passedOver.delete(turnId);
    return [...this.passedOver.values()].map(({ run }) => run);
  }

  private passOver(run: LostRun, error: unknown): void {
    const about = `session ${run.sessionId} turn ${run.turnId}`;
    this.logger.error(
      `A lost run could not be ended: ${about}: ${toLogText(error)}: ${describeRefusal(error)}`,
    );
    this.passedOver.set(run.turnId, { run, until: performance.now() + PASSED_OVER_MS });
  }
}
