import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import type { Session } from './session.js';
import { SESSION_STORE, type SessionStore } from './session.store.js';
import type { SessionScope } from '../owners/session-scope.js';
import { settleWithin, withDeadline } from '../timing/timers.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';

/** How often all waiting sessions are looked at together, to make up for lost notifications, in ms. */
const LOOK_AGAIN = 2_000;

/** How long each of the two readings may take when the process stops, in ms. */
const CLOSE_READING_MS = 400;

/** One who waits for a session's turn to settle. */
export interface SessionWaiter {
  /** The session once it no longer runs, or as it is when the process stops; undefined once it is gone. */
  readonly settled: Promise<Session | undefined>;
  /** Takes note of the session as it was read: what is answered when the process stops and the database is away. */
  saw(session: Session): void;
  /** The same of what is known without reading it: it is read when the process stops, if the database answers. */
  assume(session: Session): void;
  /** Gives up; to be called in any case. */
  stop(): void;
}

interface Waiting {
  scope: SessionScope;
  lastSeen?: Session;
  /** Whether that has not been read. */
  isAssumed?: boolean;
  resolve: (session: Session | undefined) => void;
}

/**
 * Those who wait for a session to settle: long polls. However many wait for one session, a change of it costs
 * one query, and while nothing changes all of them together cost one query every two seconds. A waiter holds no
 * connection.
 */
@Injectable()
export class SessionWaiters implements OnModuleInit {
  private readonly logger = new ContainedLogger(SessionWaiters.name);
  private readonly waiting = new Map<string, Set<Waiting>>();
  /** Where all waiting sessions are looked at, so that it is in no request's AsyncLocalStorage. */
  private readonly outside = new AsyncResource('SessionWaiters');
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
  ) {}

  onModuleInit(): void {
    this.notifier.subscribe(({ sessionId }) => {
      this.outside.runInAsyncScope(() => void this.look(sessionId));
    });
  }

  /** Whether the process stops: then there is nothing to wait for. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** How many wait. */
  get size(): number {
    let size = 0;
    for (const waiters of this.waiting.values()) size += waiters.size;
    return size;
  }

  /** Begins to wait. Call it before reading the session, so that no change falls between. */
  wait(scope: SessionScope, sessionId: string): SessionWaiter {
    let resolve!: Waiting['resolve'];
    const settled = new Promise<Session | undefined>((done) => (resolve = done));
    const waiter: Waiting = { scope, resolve };
    const waiters = this.waiting.get(sessionId) ?? new Set();
    this.waiting.set(sessionId, waiters.add(waiter));
    this.timer ??= this.outside.runInAsyncScope(() =>
      setInterval(() => void this.lookAgain(), LOOK_AGAIN).unref(),
    );
    return {
      settled,
      saw: (session) => {
        waiter.lastSeen = session;
      },
      assume: (session) => {
        waiter.lastSeen = session;
        waiter.isAssumed = true;
      },
      stop: () => {
        this.forget(sessionId, [waiter]);
      },
    };
  }

  /**
   * Answers all with the state as it is, for good and in bounded time: the sessions that one query says are still
   * running as they were last seen, if they were, and so the others where the database does not answer.
   */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    const ids = [...this.waiting.keys()];
    if (ids.length === 0) return;
    try {
      const running = new Set(await withDeadline(this.sessions.stillRunning(ids), CLOSE_READING_MS));
      const unread = ids.filter((id) => !running.has(id) || this.isAssumed(id));
      await settleWithin(
        unread.map((id) => this.look(id)),
        CLOSE_READING_MS,
      );
    } catch (error) {
      this.logger.warn(`${ids.length} waiting sessions are answered as last seen: ${toLogText(error)}`);
    }
    for (const [sessionId, waiters] of this.waiting) {
      const seen = [...waiters].filter(({ lastSeen }) => lastSeen);
      this.forget(sessionId, seen);
      for (const { resolve, lastSeen } of seen) resolve(lastSeen);
    }
  }

  private isAssumed(sessionId: string): boolean {
    return [...(this.waiting.get(sessionId) ?? [])].some((waiter) => waiter.isAssumed);
  }

  private async look(sessionId: string): Promise<void> {
    // Those who come during the query may wait for a later turn than the one it sees.
    const waiters = [...(this.waiting.get(sessionId) ?? [])];
    try {
      // One, unless an id was taken by another owner since its session was deleted.
      const owners = [...new Set(waiters.map(({ scope }) => scope.owner))];
      await Promise.all(
        owners.map((owner) =>
          this.lookFor(
            sessionId,
            owner,
            waiters.filter(({ scope }) => scope.owner === owner),
          ),
        ),
      );
    } catch (error) {
      this.logger.warn(`Session ${sessionId}: could not be read for its long polls: ${toLogText(error)}`);
    }
  }

  private async lookFor(sessionId: string, owner: string | undefined, waiters: Waiting[]): Promise<void> {
    const session = await this.sessions.find({ owner }, sessionId);
    if (session?.status === 'running' && !this.closed) return;
    this.forget(sessionId, waiters);
    for (const { resolve } of waiters) resolve(session);
  }

  private async lookAgain(): Promise<void> {
    const ids = [...this.waiting.keys()];
    if (ids.length === 0) return;
    try {
      const running = new Set(await this.sessions.stillRunning(ids));
      await Promise.all(ids.filter((id) => !running.has(id)).map((id) => this.look(id)));
    } catch (error) {
      this.logger.warn(`Could not look at ${ids.length} waiting sessions: ${toLogText(error)}`);
    }
  }

  private forget(sessionId: string, waiters: Waiting[]): void {
    const all = this.waiting.get(sessionId);
    for (const waiter of waiters) all?.delete(waiter);
    if (all?.size === 0) this.waiting.delete(sessionId);
  }
}
