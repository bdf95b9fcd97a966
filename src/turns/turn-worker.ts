import { Inject, Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { settleWithin } from '../timing/timers.js';
import { LingeringAgents } from './lingering-agents.js';
import { type RunSlot, RunSlots } from './run-slots.js';
import type { RunningTurn } from './running-turn.js';
import { TurnRunner } from './turn-runner.js';

/** How long runs that were aborted at shutdown may take to requeue their turns. */
const HAND_OVER_MS = 1_500;

/** Runs turns, at most `concurrency` agents at a time, from every source: the queue, the sweeper or an accepted message. */
@Injectable()
export class TurnWorker {
  private readonly logger = new ContainedLogger(TurnWorker.name);
  private readonly slots: RunSlots;
  private readonly busy = new Set<Promise<unknown>>();
  private stopping = false;

  constructor(
    private readonly runner: TurnRunner,
    private readonly agents: LingeringAgents,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {
    this.slots = new RunSlots(options.role === 'api' ? 0 : options.concurrency);
  }

  /** The maximum number of concurrent agents: 0 in a process that only serves requests. */
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

  /** The number of turns that it is running, without those whose ends are being written beyond its {@link size}. */
  get running(): number {
    return Math.min(this.runner.runs.length, this.size);
  }

  /**
   * Runs a turn, if it can be claimed, as soon as there is a free slot; false if none was free within the time (ms)
   * or the worker is stopping. Never rejects.
   */
  async run(turnId: string, time?: number): Promise<boolean> {
    const slot = await this.slots.take(time);
    if (!slot) return false;
    if (this.stopping) {
      // The slot was granted at the moment when the worker stopped.
      slot.release();
      return false;
    }
    await this.runInSlot(turnId, slot);
    return true;
  }

  /**
   * Starts a turn at once if there is a free slot; otherwise undefined. Resolves when the turn has ended and its slot
   * is free, with whether the turn was run. Never rejects.
   */
  offer(turnId: string): Promise<boolean> | undefined {
    const slot = this.slots.tryTake();
    return slot && this.runInSlot(turnId, slot);
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
   * Takes a slot, if one is free, for a turn that is about to be accepted. A worker that stops waits until it is
   * released.
   */
  reserve(): RunSlot | undefined {
    const slot = this.slots.tryTake();
    if (!slot) return undefined;
    let settle!: () => void;
    const settled = new Promise<void>((resolve) => (settle = resolve));
    this.busy.add(settled);
    const release = () => {
      this.busy.delete(settled);
      settle();
      slot.release();
    };
    return { ...slot, release };
  }

  /** Runs a turn whose run started with its acceptance, in the slot that was reserved for it. Never rejects. */
  async runAccepted(run: RunningTurn, slot: RunSlot): Promise<void> {
    try {
      await this.runner.runAccepted(run, slot.agentEnded);
      await this.agents.outlast(run);
    } finally {
      slot.release();
    }
  }

  private async runInSlot(turnId: string, slot: RunSlot): Promise<boolean> {
    try {
      const run = await this.track(this.runner.run(turnId, slot.agentEnded));
      if (run) await this.agents.outlast(run);
      return run !== undefined;
    } finally {
      slot.release();
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
