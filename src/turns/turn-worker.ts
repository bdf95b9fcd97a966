import { Inject, Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { Slots } from '../timing/slots.js';
import { settleWithin } from '../timing/timers.js';
import { LingeringAgents } from './lingering-agents.js';
import type { RunningTurn } from './running-turn.js';
import { TurnRunner } from './turn-runner.js';

/** How long runs that were cut off at shutdown may take to hand their turns back, in ms. */
const HAND_OVER_MS = 1_500;

/** Runs turns, at most `concurrency` at once, from wherever they come: the queue, the sweeper or an accepted message. */
@Injectable()
export class TurnWorker {
  private readonly logger = new ContainedLogger(TurnWorker.name);
  private readonly slots: Slots;
  private readonly busy = new Set<Promise<unknown>>();
  private stopping = false;

  constructor(
    private readonly runner: TurnRunner,
    private readonly agents: LingeringAgents,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {
    this.slots = new Slots(options.role === 'api' ? 0 : options.concurrency);
  }

  /** How many turns it can run at once: none in a process that only serves requests. */
  get size(): number {
    return this.slots.size;
  }

  /** Whether it begins nothing more. */
  get isStopping(): boolean {
    return this.stopping;
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
   * time (ms) or the worker stops. Never rejects.
   */
  async run(turnId: string, time?: number): Promise<boolean> {
    if (!(await this.slots.acquire(time))) return false;
    if (this.stopping) {
      // The slot was granted in the moment in which the worker stopped.
      this.slots.release();
      return false;
    }
    await this.runInSlot(turnId);
    return true;
  }

  /**
   * Begins a turn at once if there is a free slot; undefined where there is none. Resolves when the slot is free
   * again, with whether there was something to run; never rejects.
   */
  offer(turnId: string): Promise<boolean> | undefined {
    return this.slots.tryAcquire() ? this.runInSlot(turnId) : undefined;
  }

  /** Begins nothing more, lets what runs finish within a time (ms) and hands over the rest. */
  async stop(time: number): Promise<void> {
    this.stopping = true;
    this.slots.close();
    this.agents.stop();
    if (this.busy.size > 0) this.logger.log(`Waiting for ${this.busy.size} turns to finish`);
    if (await settleWithin(this.busy, time)) return;
    this.logger.warn(`Handing over ${this.running} turns that have not finished in time`);
    this.runner.handOver();
    await settleWithin(this.busy, HAND_OVER_MS);
  }

  /**
   * Takes a slot for a turn that is about to be accepted, if one is free. A worker that stops waits for what is
   * returned to be called, which gives the slot back.
   */
  reserve(): (() => void) | undefined {
    if (!this.slots.tryAcquire()) return undefined;
    let settle!: () => void;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    this.busy.add(settled);
    return () => {
      this.busy.delete(settled);
      settle();
      this.slots.release();
    };
  }

  /** Runs a turn whose run began with its acceptance, in a slot that was taken for it. Never rejects. */
  async runAccepted(run: RunningTurn, release: () => void): Promise<void> {
    try {
      await this.runner.runAccepted(run);
      await this.agents.outlast(run);
    } finally {
      release();
    }
  }

  private async runInSlot(turnId: string): Promise<boolean> {
    try {
      const run = await this.track(this.runner.run(turnId));
      if (run) await this.agents.outlast(run);
      return run !== undefined;
    } finally {
      this.slots.release();
    }
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
