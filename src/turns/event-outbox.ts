import { Inject, Injectable } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { EVENT_STORE, type EmittedEvents, type EventStore } from '../events/event.store.js';
import { DatabaseRejectedException, TryAgainException } from '../exceptions/index.js';
import { describeRefusal } from '../exceptions/refusal.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { TurnEffects } from './turn-effects.js';
import type { TurnRun } from './turn-run.js';

/** The longest time between two flushes while there is something to write. */
const FLUSH_MS = 50;

/** So much is written before that time is over. */
const FLUSH_BYTES = 16 * 1024;

/** Maximum size of one flush; what is left follows at once. */
const MAX_FLUSH_BYTES = 1024 * 1024;

/** Pause after a failed flush. */
const RETRY_MS = 500;

/** How long the end of a run waits for its events while its turn is locked; then the end is tried again. */
const LOCKED_MS = 2_000;

type Events = EmittedEvents['events'];

/** A run whose events are written. */
export type EmittingRun = TurnRun & { label: string };

/**
 * Writes what the runs of this process emit to the logs of their sessions: one statement for all of them, every 50 ms
 * or 16 KiB. Emitting never waits, and no trouble of the database fails a turn by it.
 */
@Injectable()
export class EventOutbox {
  private readonly logger = new ContainedLogger(EventOutbox.name);
  private readonly pending = new Map<EmittingRun, Events>();
  /** The context of the writes, so that they run in no agent's AsyncLocalStorage. */
  private readonly outside = new AsyncResource('EventOutbox');
  private bytes = 0;
  private lastFlush = -Infinity;
  /** No flush begins before this time, because the last one could not write. */
  private pausedUntil = -Infinity;
  private timer: { due: number; handle: NodeJS.Timeout } | undefined;
  private flushing: Promise<void> | undefined;
  private hasFailed = false;

  constructor(
    private readonly effects: TurnEffects,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Never throws and never waits. */
  add(run: EmittingRun, event: Events[number]): void {
    const events = this.pending.get(run);
    if (events) events.push(event);
    else this.pending.set(run, [event]);
    this.bytes += event.bytes;
    this.schedule();
  }

  /**
   * Writes what a run has emitted, for what comes after it in the log. Throws if the database does not take it now;
   * what it refuses for good is dropped.
   */
  async flush(run: EmittingRun): Promise<void> {
    const until = performance.now() + LOCKED_MS;
    while (this.pending.has(run)) {
      await this.write();
      if (!this.pending.has(run)) return;
      if (performance.now() >= until) throw new TryAgainException();
      await delay(FLUSH_MS / 5);
    }
  }

  /** Drops what a run has emitted and was not written: its turn has ended, or belongs to another run. */
  forget(run: EmittingRun): void {
    this.remove(run, this.pending.get(run)?.length ?? 0);
  }

  private schedule(): void {
    if (this.flushing || this.pending.size === 0) return;
    const now = performance.now();
    const due = Math.max(this.pausedUntil, this.bytes >= FLUSH_BYTES ? now : this.lastFlush + FLUSH_MS);
    if (this.timer && this.timer.due <= due) return;
    clearTimeout(this.timer?.handle);
    const handle = this.outside.runInAsyncScope(() =>
      setTimeout(
        () => {
          this.write().catch(() => undefined);
        },
        Math.max(0, due - now),
      ).unref(),
    );
    this.timer = { due, handle };
  }

  /** One write at a time, so that the events of a run stay in order. */
  private write(): Promise<void> {
    this.flushing ??= this.outside.runInAsyncScope(() => this.writeSome());
    return this.flushing;
  }

  private async writeSome(): Promise<void> {
    clearTimeout(this.timer?.handle);
    this.timer = undefined;
    this.lastFlush = performance.now();
    const before = this.bytes;
    try {
      await this.append(this.batch());
      // Locked turns are tried again, but not at once.
      if (this.bytes >= before) this.pausedUntil = performance.now() + FLUSH_MS;
      if (this.hasFailed) this.logger.log('Events can be written again');
      this.hasFailed = false;
    } catch (error) {
      this.pausedUntil = performance.now() + RETRY_MS;
      if (!this.hasFailed) this.logger.warn(`Events could not be written yet: ${toLogText(error)}`);
      this.hasFailed = true;
      throw error;
    } finally {
      this.flushing = undefined;
      this.schedule();
    }
  }

  /** As much as one statement takes, but something of the first run at least. */
  private batch(): [EmittingRun, Events][] {
    let room = MAX_FLUSH_BYTES;
    const batch: [EmittingRun, Events][] = [];
    for (const [run, events] of this.pending) {
      let count = 0;
      for (const { bytes } of events) {
        room -= bytes;
        if (room < 0 && count + batch.length > 0) break;
        count++;
      }
      if (count > 0) batch.push([run, events.slice(0, count)]);
      if (room < 0) break;
    }
    return batch;
  }

  private async append(batch: [EmittingRun, Events][]): Promise<void> {
    if (batch.length === 0) return;
    const written = batch.map(([{ turnId, sessionId, attempt }, events]) => ({
      turnId,
      sessionId,
      attempt,
      events,
    }));
    try {
      const { appended, lost } = await this.store.append(written);
      for (const [run, events] of batch) {
        if (lost.includes(run.turnId)) this.forget(run);
        else if (appended.includes(run.turnId)) {
          this.remove(run, events.length);
          this.effects.notifyLog(run);
        } else this.postpone(run);
      }
    } catch (error) {
      if (!(error instanceof DatabaseRejectedException)) throw error;
      await this.appendEach(batch, error);
    }
  }

  /** What the database refuses is dropped; the events of other runs are not. */
  private async appendEach(batch: [EmittingRun, Events][], refused: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const one of batch) await this.append([one]);
      return;
    }
    for (const [run, events] of batch) {
      this.logger.error(`${events.length} events are dropped: ${describeRefusal(refused)}: ${run.label}`);
      this.remove(run, events.length);
    }
  }

  /** A locked turn does not hold up the others. */
  private postpone(run: EmittingRun): void {
    const events = this.pending.get(run);
    if (!events) return;
    this.pending.delete(run);
    this.pending.set(run, events);
  }

  private remove(run: EmittingRun, count: number): void {
    const events = this.pending.get(run);
    if (!events) return;
    for (const { bytes } of events.splice(0, count)) this.bytes -= bytes;
    if (events.length === 0) this.pending.delete(run);
  }
}
