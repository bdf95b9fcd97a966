import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import { EVENT_STORE, type EventStore, type LogBatch, type LogPlace } from '../events/event.store.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { LogFollower, type LogReader } from './log-follower.js';

/** Interval of the query for all followed sessions, which covers lost notifications, in ms. */
const LOOK_INTERVAL_MS = 2_000;

/** Maximum number of places of one reading. */
const MAX_PLACES = 50;

/**
 * The readers of logs in this process. What has changed is read by one query for all of them, and without changes
 * they cost one query every two seconds together. A reader holds no connection.
 */
@Injectable()
export class LogFollowers implements OnModuleInit, LogReader {
  private readonly logger = new ContainedLogger(LogFollowers.name);
  private readonly followers = new Map<string, Set<LogFollower>>();
  /** Those to read for. */
  private readonly due = new Set<LogFollower>();
  /** The context of the queries, so that they run in no request's AsyncLocalStorage. */
  private readonly outside = new AsyncResource('LogFollowers');
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  private hasFailed = false;
  private readonly closing = new Set<() => void>();
  private closed = false;

  constructor(
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(EVENT_STORE) private readonly events: EventStore,
  ) {}

  onModuleInit(): void {
    this.notifier.subscribe(({ sessionId }) => {
      for (const follower of this.followers.get(sessionId) ?? []) follower.wake();
    });
  }

  /** Follows a log from a place on; `stop` of the follower must be called in every case. */
  follow(place: LogPlace): LogFollower {
    const follower = new LogFollower(place, this);
    if (this.closed) {
      follower.stop();
      return follower;
    }
    const ofSession = this.followers.get(place.sessionId) ?? new Set();
    this.followers.set(place.sessionId, ofSession.add(follower));
    this.timer ??= this.outside.runInAsyncScope(() =>
      setInterval(() => void this.look(), LOOK_INTERVAL_MS).unref(),
    );
    return follower;
  }

  read(follower: LogFollower): void {
    this.due.add(follower);
    if (!this.isReading) this.outside.runInAsyncScope(() => void this.readDue());
  }

  forget(follower: LogFollower): void {
    this.due.delete(follower);
    const { sessionId } = follower.place;
    const ofSession = this.followers.get(sessionId);
    ofSession?.delete(follower);
    if (ofSession?.size === 0) this.followers.delete(sessionId);
  }

  /** Ends all readers, permanently. */
  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    for (const follower of this.all()) follower.stop();
    for (const callback of this.closing) callback();
  }

  /** Calls back when all readers end; returns a function that cancels it. */
  onClose(callback: () => void): () => void {
    this.closing.add(callback);
    if (this.closed) callback();
    return () => this.closing.delete(callback);
  }

  private all(): LogFollower[] {
    return [...this.followers.values()].flatMap((ofSession) => [...ofSession]);
  }

  private async readDue(): Promise<void> {
    this.isReading = true;
    try {
      while (this.due.size > 0) {
        // What changes together is read together.
        await nextTurnOfLoop();
        await this.readSome();
      }
      this.recovered();
    } catch (error) {
      // The next look reads for those that are due.
      this.failed(error);
    } finally {
      this.isReading = false;
    }
  }

  private async readSome(): Promise<void> {
    const readers = new Map<string, LogFollower[]>();
    for (const follower of this.due) {
      const { sessionId, created, after } = follower.place;
      const key = `${sessionId} ${created} ${after}`;
      const same = readers.get(key);
      if (same) same.push(follower);
      else if (readers.size < MAX_PLACES) readers.set(key, [follower]);
      else continue;
      this.due.delete(follower);
      follower.reading();
    }
    const groups = [...readers.values()];
    const places = groups.flatMap(([first]) => (first ? [first.place] : []));
    if (places.length === 0) return;
    let batches: (LogBatch | undefined)[];
    try {
      batches = await this.events.read(places.map((place) => ({ ...place })));
    } catch (error) {
      for (const follower of groups.flat()) this.due.add(follower);
      throw error;
    }
    for (const [index, group] of groups.entries()) {
      for (const follower of group) follower.give(batches[index]);
    }
  }

  private async look(): Promise<void> {
    const waiting = this.all().filter((follower) => follower.isWaiting && !this.due.has(follower));
    try {
      const found = new Map(waiting.map(({ place }) => [place.sessionId, place]));
      const last =
        found.size === 0 ? new Map<string, number>() : await this.events.positions([...found.values()]);
      for (const follower of waiting) {
        const { sessionId, after } = follower.place;
        if ((last.get(sessionId) ?? Infinity) > after) follower.wake();
      }
      if (this.due.size > 0 && !this.isReading) await this.readDue();
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    const message = `The logs could not be read for their event streams yet: ${toLogText(error)}`;
    // Logged once, not for each try during an outage of the database.
    if (this.hasFailed) this.logger.debug(message);
    else this.logger.warn(message);
    this.hasFailed = true;
  }

  private recovered(): void {
    if (this.hasFailed) this.logger.log('The logs can be read again');
    this.hasFailed = false;
  }
}
