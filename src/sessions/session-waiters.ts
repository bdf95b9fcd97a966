import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import type { OwnedSession } from './session.js';
import { SESSION_STORE, type SessionStore } from './session.store.js';
import type { SessionScope } from '../owners/session-scope.js';
import { settleWithin, withDeadline } from '../timing/timers.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';

/** Interval of the query for all waiting sessions, which covers lost notifications, in ms. */
const READ_INTERVAL_MS = 2_000;

/** Time limit of each read for an answer when the process stops. */
export const CLOSE_READING_MS = 400;

/** A request that waits for a session's turn to settle: the given one, else whichever it has. */
export interface SessionWaiter {
  /**
   * The session once it no longer runs, or in its current state when the process stops; undefined if it was deleted.
   */
  readonly settled: Promise<OwnedSession | undefined>;
  /**
   * Remembers the session as read, for an answer at shutdown if the database does not respond; undefined if the
   * caller has an answer of its own.
   */
  saw(session: OwnedSession | undefined): void;
  /** The same for a state that was not read: it is read at shutdown, if the database responds. */
  assume(session: OwnedSession): void;
  /** Ends the wait. Must be called in every case. */
  stop(): void;
}

interface Waiting {
  scope: SessionScope;
  /** Ends the wait when the session has another turn. */
  turnId: string | undefined;
  lastSeen?: { session: OwnedSession | undefined };
  /** Whether the session has not been read. */
  isAssumed?: boolean;
  resolve: (session: OwnedSession | undefined) => void;
}

/**
 * Requests that wait for a session to settle: long polls. A change of a session costs one query for all its waiters,
 * and without changes all waiters together cost one query every two seconds. A waiter holds no connection.
 */
@Injectable()
export class SessionWaiters implements OnModuleInit {
  private readonly logger = new ContainedLogger(SessionWaiters.name);
  private readonly waiting = new Map<string, Set<Waiting>>();
  /** The context of the queries, so that they run in no request's AsyncLocalStorage. */
  private readonly outside = new AsyncResource('SessionWaiters');
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
  ) {}

  onModuleInit(): void {
    this.notifier.subscribe(({ sessionId, onlyLog }) => {
      if (onlyLog) return;
      this.outside.runInAsyncScope(() => void this.look(sessionId));
    });
  }

  /** Whether the process is stopping; waits then end at once. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Number of waiting requests. */
  get size(): number {
    let size = 0;
    for (const waiters of this.waiting.values()) size += waiters.size;
    return size;
  }

  /** Starts to wait. Call it before the session is read, so that no change is missed. */
  wait(scope: SessionScope, sessionId: string, turnId?: string): SessionWaiter {
    let resolve!: Waiting['resolve'];
    const settled = new Promise<OwnedSession | undefined>((done) => (resolve = done));
    const waiter: Waiting = { scope, turnId, resolve };
    const waiters = this.waiting.get(sessionId) ?? new Set();
    this.waiting.set(sessionId, waiters.add(waiter));
    this.timer ??= this.outside.runInAsyncScope(() =>
      setInterval(() => void this.lookAgain(), READ_INTERVAL_MS).unref(),
    );
    return {
      settled,
      saw: (session) => {
        waiter.lastSeen = { session };
      },
      assume: (session) => {
        waiter.lastSeen = { session };
        waiter.isAssumed = true;
      },
      stop: () => {
        this.forget(sessionId, [waiter]);
      },
    };
  }

  /**
   * Answers all waits with the current state, permanently and in limited time. One query finds the sessions that
   * still run; those are answered as last read. If the database does not respond, all are.
   */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    const ids = [...this.waiting.keys()];
    if (ids.length === 0) return;
    try {
      const running = await withDeadline(this.sessions.stillRunning(ids), CLOSE_READING_MS);
      const unread = this.changedSince(running, ids).concat(ids.filter((id) => this.isAssumed(id)));
      await settleWithin(
        [...new Set(unread)].map((id) => this.look(id)),
        CLOSE_READING_MS,
      );
    } catch (error) {
      this.logger.warn(`${ids.length} waiting sessions are answered as last seen: ${toLogText(error)}`);
    }
    for (const [sessionId, waiters] of this.waiting) {
      const seen = [...waiters].filter(({ lastSeen }) => lastSeen);
      this.forget(sessionId, seen);
      for (const { resolve, lastSeen } of seen) resolve(lastSeen?.session);
    }
  }

  /** The sessions that no longer run, or run another turn than one that is waited for. */
  private changedSince(running: { id: string; turnId: string }[], ids: string[]): string[] {
    const turns = new Map(running.map(({ id, turnId }) => [id, turnId]));
    return ids.filter((id) => {
      const current = turns.get(id);
      const waiters = [...(this.waiting.get(id) ?? [])];
      return (
        current === undefined || waiters.some(({ turnId }) => turnId !== undefined && turnId !== current)
      );
    });
  }

  private isAssumed(sessionId: string): boolean {
    return [...(this.waiting.get(sessionId) ?? [])].some((waiter) => waiter.isAssumed);
  }

  private async look(sessionId: string): Promise<void> {
    // Waiters that arrive during the query may wait for a later turn than the one that it sees.
    const waiters = [...(this.waiting.get(sessionId) ?? [])];
    try {
      // One scope, unless another owner has taken the id since the session was deleted.
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
    const over = waiters.filter((waiter) => this.closed || !isAtWork(session, waiter));
    this.forget(sessionId, over);
    for (const { resolve } of over) resolve(session);
  }

  private async lookAgain(): Promise<void> {
    const ids = [...this.waiting.keys()];
    if (ids.length === 0) return;
    try {
      const running = await this.sessions.stillRunning(ids);
      await Promise.all(this.changedSince(running, ids).map((id) => this.look(id)));
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

/** Whether the session still runs what is waited for. */
function isAtWork(session: OwnedSession | undefined, { turnId }: Waiting): boolean {
  return session?.status === 'running' && (turnId === undefined || turnId === session.turn_id);
}
