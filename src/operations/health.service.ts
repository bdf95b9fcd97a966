import { Inject, Injectable } from '@nestjs/common';

import { SESSION_STORE, type SessionStore } from '../sessions/session.store.js';
import { withDeadline } from '../timing/timers.js';
import { TURN_QUEUE, type TurnQueue } from '../turns/turn-queue.js';
import { TurnWorker } from '../turns/turn-worker.js';

/** The state of this process, its database and its Redis. */
export interface Health {
  /** `error` while the database does not respond. */
  status: 'ok' | 'error';
  /** Maximum number of agents that this process runs at a time: 0 if it runs none. */
  max_workers: number;
  /** Number of turns that it is running, at most `max_workers`. */
  running_workers: number;
  /** Over all processes; null while the database does not respond. */
  total_sessions: number | null;
  /** Present while Redis does not respond or refuses commands. Nothing is lost. */
  redis?: 'down';
}

/** Number of sessions from which the count is cached, because counting takes long. */
const MANY_SESSIONS = 10_000;

/** How long the count of many sessions is cached: at least so long, and so many times as long as counting took. */
const COUNT_CACHE = { ms: 5_000, times: 100 };

/** Time limit for the database and Redis; after that they count as down. */
const CHECK_TIMEOUT_MS = 2_500;

/** Reports the health of this process, its database and its Redis. */
@Injectable()
export class HealthService {
  private count: { total: number; until: number } | undefined;
  /** Shared by all concurrent checks, so that a silent database does not occupy a connection for each. */
  private counting: Promise<number> | undefined;

  constructor(
    private readonly worker: TurnWorker,
    @Inject(TURN_QUEUE) private readonly queue: TurnQueue,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
  ) {}

  /** Never rejects. Bounded by the time limits of the database and Redis. */
  async check(): Promise<Health> {
    const [total, redisIsUp] = await Promise.all([this.countSessions(), this.isRedisUp()]);
    return {
      status: total === null ? 'error' : 'ok',
      max_workers: this.worker.size,
      running_workers: this.worker.running,
      total_sessions: total,
      ...(redisIsUp === false ? { redis: 'down' as const } : {}),
    };
  }

  private async countSessions(): Promise<number | null> {
    const began = performance.now();
    if (this.count && began < this.count.until) return this.count.total;
    try {
      this.counting ??= this.sessions.count().finally(() => (this.counting = undefined));
      const total = await withDeadline(this.counting, CHECK_TIMEOUT_MS);
      const now = performance.now();
      const cachedMs = Math.max(COUNT_CACHE.ms, COUNT_CACHE.times * (now - began));
      this.count = { total, until: now + (total < MANY_SESSIONS ? 0 : cachedMs) };
      return total;
    } catch {
      return null;
    }
  }

  private async isRedisUp(): Promise<boolean | undefined> {
    try {
      return await withDeadline(this.queue.isUp(), CHECK_TIMEOUT_MS);
    } catch {
      return false;
    }
  }
}
