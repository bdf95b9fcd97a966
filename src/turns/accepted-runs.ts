import { Inject, Injectable } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { LOST } from './run-end.js';
import type { RunSlot } from './run-slots.js';
import type { RunningTurn } from './running-turn.js';
import { TURN_QUEUE, type TurnQueue } from './turn-queue.js';
import { TurnEffects } from './turn-effects.js';
import { TurnRunner } from './turn-runner.js';
import { TurnWorker } from './turn-worker.js';
import type { Beginning, BeginningRun, Holding } from './turn-run.js';
import { TURN_STORE, type TurnStore } from './turn.store.js';

/** The report for runs of which none may call its agent. */
const NONE: Beginning = { held: [], lost: [], histories: new Map() };

/** A run that started with its turn's acceptance, and its slot. */
export interface AcceptedRun {
  run: RunningTurn;
  slot: RunSlot;
}

/**
 * Calls the agents of runs that started with their acceptance. Before that, the store records that they are called,
 * so that their loss counts: one write for all that start at the same time, without a wait for the disk. The histories
 * that this process does not have come with it.
 */
@Injectable()
export class AcceptedRuns {
  private readonly logger = new ContainedLogger(AcceptedRuns.name);
  /** The context of runs: no request's AsyncLocalStorage, as for turns from the queue. */
  private readonly outside = new AsyncResource('AcceptedRuns');
  private waiting: AcceptedRun[] = [];
  private isBeginning = false;

  constructor(
    private readonly worker: TurnWorker,
    private readonly runner: TurnRunner,
    private readonly effects: TurnEffects,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(TURN_QUEUE) private readonly queue: TurnQueue,
    @Inject(SESSIONS_OPTIONS) private readonly options: Pick<ResolvedSessionsOptions, 'lease'>,
  ) {}

  /**
   * Never throws and never waits. The agent is called in a later tick, so that the answer about the turn is sent even
   * if the agent blocks before its first `await`.
   */
  begin(accepted: AcceptedRun): void {
    this.waiting.push(accepted);
    if (this.isBeginning) return;
    this.isBeginning = true;
    this.outside.runInAsyncScope(() => {
      this.beginSoon();
    });
  }

  private beginSoon(): void {
    setImmediate(() => {
      const batch = this.waiting;
      this.waiting = [];
      void this.beginAll(batch).then(() => {
        if (this.waiting.length > 0) this.beginSoon();
        else this.isBeginning = false;
      });
    });
  }

  private async beginAll(batch: AcceptedRun[]): Promise<void> {
    const { held, lost, histories } = await this.record(batch);
    for (const accepted of batch) {
      const { run, slot } = accepted;
      if (held.includes(run.turnId)) {
        run.history ??= histories.get(run.turnId);
        void this.worker.runAccepted(run, slot);
      } else if (lost.includes(run.turnId)) {
        this.logger.log(`Ended before its agent was called: ${run.label}`);
        this.end(accepted);
        this.effects.runEnded(run, LOST);
      } else {
        void this.handBack(accepted);
      }
    }
  }

  /** Never rejects. Runs in neither list must be requeued. */
  private async record(batch: AcceptedRun[]): Promise<Beginning> {
    if (this.worker.isStopping) return NONE;
    const runs = batch.map(({ run: { turnId, sessionId, attempt, history } }) => ({
      turnId,
      sessionId,
      attempt,
      readsHistory: history === undefined,
    }));
    try {
      const begun = await this.beginInDatabase(runs);
      return this.isLate(batch) ? { ...begun, ...(await this.renew(batch)) } : begun;
    } catch (error) {
      this.logger.warn(`${batch.length} turns that were accepted have to wait: ${toLogText(error)}`);
      return NONE;
    }
  }

  /** Whether the leases, which date from the acceptance, could end before they are renewed for the first time. */
  private isLate(batch: AcceptedRun[]): boolean {
    const latest = performance.now() - this.options.lease / 3;
    return batch.some(({ run }) => run.heardAt < latest);
  }

  private async renew(batch: AcceptedRun[]): Promise<Holding> {
    const asked = performance.now();
    const holding = await this.turns.renew(batch.map(({ run }) => run));
    for (const { run } of batch) if (holding.held.includes(run.turnId)) run.heardAt = asked;
    return holding;
  }

  private async beginInDatabase(runs: BeginningRun[]): Promise<Beginning> {
    try {
      return await this.turns.begin(runs);
    } catch (error) {
      if (!runs.some(({ readsHistory }) => readsHistory)) throw error;
      this.logger.debug(`The histories of ${runs.length} runs are read later: ${toLogText(error)}`);
      // The table of messages may be locked; each run waits for its own history.
      return this.turns.begin(runs.map((run) => ({ ...run, readsHistory: false })));
    }
  }

  /**
   * The turn is requeued: the worker is stopping, the database does not respond, or another transaction has locked
   * the turn's row.
   */
  private async handBack(accepted: AcceptedRun): Promise<void> {
    const { run } = accepted;
    const end = await run.record({ outcome: 'requeued', reason: 'worker_stopped' });
    this.end(accepted);
    if (end.outcome === 'requeued') this.queue.notify(run.turnId);
  }

  private end({ run, slot }: AcceptedRun): void {
    this.runner.forget(run.turnId);
    slot.release();
  }
}
