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
import { type LostRun, TURN_STORE, type TurnRun, type TurnStore } from './turn.store.js';

/** How many lost runs are ended at once. */
const BATCH = 100;

/** How long a run that the database does not let end is passed over, in ms. */
const PASSED_OVER_MS = 30_000;

/** How much of a lease its run may miss before it counts as lost: more than the third after which it is renewed. */
const GRACE = 0.45;

/** Ends runs whose workers died or fell silent, and has their turns run again. */
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
    // Runs of this process come first: after a time without the loop or the database their leases look expired.
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
