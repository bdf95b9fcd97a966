import { Inject, Injectable, Logger } from '@nestjs/common';

import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../sessions.options.js';
import { settleWithin } from '../timing/timers.js';
import { Slots } from '../timing/slots.js';
import { TurnRunner } from './turn-runner.js';

/** How long runs that were cut off at shutdown may take to hand their turns back, in ms. */
const HAND_OVER_TIME = 2_000;

/** Runs turns, at most `concurrency` at once, whoever brings them: the queue, the sweeper or an accepted message. */
@Injectable()
export class TurnWorker {
  private readonly logger = new Logger(TurnWorker.name);
  private readonly slots: Slots;
  private readonly busy = new Set<Promise<unknown>>();

  constructor(
    private readonly runner: TurnRunner,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {
    this.slots = new Slots(options.role === 'api' ? 0 : options.concurrency);
  }

  /** How many turns it can run at once: none in a process that only serves requests. */
  get size(): number {
    return this.slots.size;
  }

  /** How many turns it could begin at this moment. */
  get free(): number {
    return this.slots.free;
  }

  /** How many turns it is running. */
  get running(): number {
    return this.runner.runs.length;
  }

  /**
   * Runs a turn if it is there to be run, as soon as there is a free slot; false where there was none within the
   * time (ms). Never throws.
   */
  async look(turnId: string, time?: number): Promise<boolean> {
    if (!(await this.slots.acquire(time))) return false;
    await this.runInSlot(turnId);
    return true;
  }

  /** Begins a turn at once if there is a free slot; false where there is none. */
  offer(turnId: string): boolean {
    if (!this.slots.tryAcquire()) return false;
    void this.runInSlot(turnId);
    return true;
  }

  /** Begins nothing more, lets what runs finish in time and hands over the rest. */
  async stop(): Promise<void> {
    this.slots.close();
    if (this.busy.size > 0) this.logger.log(`Waiting for ${this.busy.size} turns to finish`);
    if (await settleWithin(this.busy, this.options.shutdownTimeout)) return;
    this.logger.warn(`Handing over ${this.running} turns that have not finished in time`);
    this.runner.handOver();
    await settleWithin(this.busy, HAND_OVER_TIME);
  }

  private async runInSlot(turnId: string): Promise<void> {
    await this.track(this.runner.run(turnId));
    this.slots.release();
  }

  private async track<T>(run: Promise<T>): Promise<T> {
    this.busy.add(run);
    try {
      return await run;
    } finally {
      this.busy.delete(run);
    }
  }
}
