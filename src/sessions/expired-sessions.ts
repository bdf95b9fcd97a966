import { Inject, Injectable } from '@nestjs/common';

import { describeRefusal } from '../exceptions/refusal.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { SessionEffects } from './session-effects.js';
import { SESSION_STORE, type SessionStore } from './session.store.js';

/** Maximum number of expired sessions that one round removes. */
const BATCH = 100;

/** How long a session is skipped if the database refuses to remove it. */
const PASSED_OVER_MS = 60_000;

/** Maximum number of sessions that are skipped at a time, so that the statement stays small. */
const MAX_PASSED_OVER = 1_000;

/** Removes sessions that have expired. */
@Injectable()
export class ExpiredSessions {
  private readonly logger = new ContainedLogger(ExpiredSessions.name);
  /** When each session that cannot be removed is tried again, on the monotonic clock. */
  private readonly passedOver = new Map<string, number>();

  constructor(
    private readonly effects: SessionEffects,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
  ) {}

  /** Resolves with whether there may be more. */
  async remove(): Promise<boolean> {
    const now = performance.now();
    for (const [id, until] of this.passedOver) if (until <= now) this.passedOver.delete(id);
    const removed = await this.sessions.removeExpired(BATCH, [...this.passedOver.keys()], (id, error) => {
      this.passOver(id, error);
    });
    for (const session of removed) this.effects.expired(session);
    return removed.length === BATCH;
  }

  private passOver(id: string, error: unknown): void {
    if (this.passedOver.size < MAX_PASSED_OVER) this.passedOver.set(id, performance.now() + PASSED_OVER_MS);
    this.logger.warn(`An expired session cannot be removed: session ${id}: ${describeRefusal(error)}`);
  }
}
