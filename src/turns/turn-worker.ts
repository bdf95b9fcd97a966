import { Inject, Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { Slots } from '../timing/slots.js';
import { settleWithin } from '../timing/timers.js';
import { LingeringAgents } from './lingering-agents.js';
import type { RunningTurn } from './running-turn.js';
import { TurnRunner } from './turn-runner.js';

/** How long runs that were aborted at shutdown may take to requeue their turns. */
const HAND_OVER_MS = 1_500;

/** Runs turns, at most `concurrency` at a time, from every source: the queue, the sweeper or an accepted message. */
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

  /** The maximum number of concurrent turns: 0 in a process that only serves requests. */
  get size(): number {
    return this.slots.size;
  }

  /** Whether it starts no more turns. */
  get isStopping(): boolean {
    return this.stopping;
  }

  /** The number of turns that it could start now. */
  get free(): number {
    return this.slots.free;
  }

  /** The number of turns that it is running. */
  get running(): number {
    return this.runner.runs.length;
  }

  /**
   * Runs a turn, if it can be claimed, as soon as there is a free slot; false if none was free within the time (ms)
   * or the worker is stopping. Never rejects.
   */
  async run(turnId: string, time?: number): Promise<boolean> {
    if (!(await this.slots.acquire(time))) return false;
    if (this.stopping) {
      // The slot was granted at the moment when the worker stopped.
      this.slots.release();
      return false;
    }
    await this.runInSlot(turnId);
    return true;
  }

  /**
   * Starts a turn at once if there is a free slot; otherwise undefined. Resolves when the slot is free again, with
   * whether the turn was run. Never rejects.
   */
  offer(turnId: string): Promise<boolean> | undefined {
    return this.slots.tryAcquire() ? this.runInSlot(turnId) : undefined;
  }

  /** Starts no more turns, lets running ones finish within a time (ms) and requeues the rest. */
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
   * Takes a slot, if one is free, for a turn that is about to be accepted. The returned function releases the slot; a
   * worker that stops waits for that call.
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

  /** Runs a turn whose run started with its acceptance, in a slot that was reserved for it. Never rejects. */
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
