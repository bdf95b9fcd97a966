import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';

import { TurnWorker } from './turn-worker.js';
import { TURN_STORE, type TurnStore } from './turn.store.js';

/** How long a turn may be queued before its wake-up counts as lost. */
const OVERDUE_MS = 1_500;

/** How long a turn that could not run is skipped, so that it does not delay the turns behind it. */
const PASSED_OVER_MS = 2_000;

/** Maximum number of skipped turns. */
const MAX_PASSED_OVER = 1_000;

/** How long to wait for a free slot while there are more turns to run. */
const SLOT_WAIT_MS = 1_000;

/** Runs queued turns without a wake-up, as far as this process has free slots. */
@Injectable()
export class OverdueTurns {
  /**
   * Turns that another process had claimed, that are locked or that cannot be claimed, with the time until which they
   * are skipped.
   */
  private readonly passedOver = new Map<string, number>();

  constructor(
    private readonly worker: TurnWorker,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
  ) {}

  /** Resolves with whether there may be more, as soon as a slot is free. */
  async take(): Promise<boolean> {
    const { free } = this.worker;
    if (free === 0) return false;
    this.forgetOld();
    const limit = free + this.passedOver.size;
    const queued = await this.turns.queued(limit, OVERDUE_MS);
    const taken = queued.filter((turnId) => !this.passedOver.has(turnId)).map((turnId) => this.begin(turnId));
    const begun = taken.filter((run) => run !== undefined);
    const hasMore = queued.length === limit || begun.length < taken.length;
    if (!hasMore || begun.length === 0 || this.passedOver.size >= MAX_PASSED_OVER) return false;
    await Promise.race([...begun, delay(SLOT_WAIT_MS, undefined, { ref: false })]);
    return true;
  }

  private begin(turnId: string): Promise<unknown> | undefined {
    return this.worker.offer(turnId)?.then((hadRun) => {
      if (!hadRun && this.passedOver.size < MAX_PASSED_OVER) {
        this.passedOver.set(turnId, performance.now() + PASSED_OVER_MS);
      }
    });
  }

  private forgetOld(): void {
    const now = performance.now();
    for (const [turnId, until] of this.passedOver) if (until < now) this.passedOver.delete(turnId);
  }
}
