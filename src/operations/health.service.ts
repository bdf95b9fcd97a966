import { Inject, Injectable } from '@nestjs/common';

import { SESSION_STORE, type SessionStore } from '../sessions/session.store.js';
import { withDeadline } from '../timing/timers.js';
import { TURN_QUEUE, type TurnQueue } from '../turns/turn-queue.js';
import { TurnWorker } from '../turns/turn-worker.js';

/** How this process is. */
export interface Health {
  status: 'ok' | 'error';
  /** How many turns this process can run at once: 0 where it runs none. */
  max_workers: number;
  /** How many it is running. */
  running_workers: number;
  /** Over all processes; null while the database is away. */
  total_sessions: number | null;
  /** Present while Redis does not answer. Nothing is lost by that. */
  redis?: 'down';
}

/** From how many sessions on counting them takes long enough to keep the count for a while. */
const MANY_SESSIONS = 10_000;

/** How long a count of many sessions is kept, in ms. */
const COUNT_KEPT = 5_000;

/** How long the database and Redis may take to answer, in ms: then they count as away. */
const ANSWER_MS = 2_500;

/** Says how this process, its database and its Redis are. */
@Injectable()
export class HealthService {
  private count: { total: number; at: number } | undefined;
  /** One for all who ask meanwhile, so that a silent database does not cost a connection for each. */
  private counting: Promise<number> | undefined;

  constructor(
    private readonly worker: TurnWorker,
    @Inject(TURN_QUEUE) private readonly queue: TurnQueue,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
  ) {}

  /** Never rejects, and takes no longer than the database and Redis may. */
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
    if (this.count && this.count.total >= MANY_SESSIONS && performance.now() - this.count.at < COUNT_KEPT) {
      return this.count.total;
    }
    try {
      this.counting ??= this.sessions.count().finally(() => (this.counting = undefined));
      this.count = { total: await withDeadline(this.counting, ANSWER_MS), at: performance.now() };
      return this.count.total;
    } catch {
      return null;
    }
  }

  private async isRedisUp(): Promise<boolean | undefined> {
    try {
      return await withDeadline(this.queue.isUp(), ANSWER_MS);
    } catch {
      return false;
    }
  }
}
