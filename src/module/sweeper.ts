import { Inject, Injectable } from '@nestjs/common';

import { EVENT_STORE, type EventStore } from '../events/event.store.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { ExpiredSessions } from '../sessions/expired-sessions.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session.store.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { Duty } from '../timing/duty.js';
import { WebhookWorker } from '../webhooks/webhook-worker.js';
import { LostRuns } from '../turns/lost-runs.js';
import { OverdueInterrupts } from '../turns/overdue-interrupts.js';
import { OverdueTurns } from '../turns/overdue-turns.js';

/** The longest and the shortest pause between two rounds of a duty. */
const PAUSE_MS = { longest: 1_000, shortest: 50 };

/** The pause between two corrections of the number of sessions, of which the first follows the start. */
const RECOUNT_PAUSE_MS = 3_600_000;

/** Turns whose streamed events are removed at a time; one may have some hundred thousand. */
const COMPACTED_TURNS = 5;

/** Time limit of a round. */
const DEADLINE_MS = 15_000;

/**
 * Finds work without a wake-up: turns whose worker died, queued turns that no worker has claimed, questions whose time
 * is over, due deliveries, expired sessions, rows of removed
 * sessions, streamed events that are no longer kept. Also corrects the number of sessions that `maxSessions` limits. Each is a separate duty, so that none delays another.
 */
@Injectable()
export class Sweeper {
  private readonly logger = new ContainedLogger(Sweeper.name);
  private readonly duties: Duty[];

  constructor(
    private readonly webhooks: WebhookWorker,
    lostRuns: LostRuns,
    overdue: OverdueTurns,
    interrupts: OverdueInterrupts,
    expired: ExpiredSessions,
    @Inject(EVENT_STORE) private readonly events: EventStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(SESSIONS_OPTIONS)
    { role, lease, sessionTtl, maxSessions, deltaRetention }: ResolvedSessionsOptions,
  ) {
    // A short lease asks for fast takeovers, so its duty runs more often.
    const leasePause = Math.max(PAUSE_MS.shortest, Math.min(PAUSE_MS.longest, lease / 3));
    this.duties = [
      this.duty('lost runs', () => lostRuns.reclaim(), leasePause),
      this.duty('queued turns', () => overdue.take()),
      this.duty('interrupts', () => interrupts.expire()),
      this.duty('removed sessions', () => this.sessions.removeRemains()),
      this.duty('streamed events', () => this.compact(deltaRetention)),
      ...(role === 'api' ? [] : [this.duty('deliveries', () => this.sweepDeliveries())]),
      ...(sessionTtl === undefined ? [] : [this.duty('expired sessions', () => expired.remove())]),
      ...(maxSessions === undefined
        ? []
        : [this.duty('the count of sessions', () => this.recount(), RECOUNT_PAUSE_MS)]),
    ];
  }

  start(): void {
    for (const duty of this.duties) duty.start();
  }

  /** In limited time. */
  async stop(): Promise<void> {
    await Promise.all(this.duties.map((duty) => duty.stop()));
  }

  private duty(what: string, work: () => Promise<boolean>, pauseMs = PAUSE_MS.longest): Duty {
    let failures = 0;
    return new Duty(work, {
      pauseMs,
      deadlineMs: DEADLINE_MS,
      onError: (error) => {
        const message = `The sweep of ${what} could not finish: ${toLogText(error)}`;
        // Logged once, not for each round of a database outage.
        if (failures++ === 0) this.logger.warn(message);
        else this.logger.debug(message);
      },
      onRecovery: () => {
        failures = 0;
        this.logger.log(`The sweep of ${what} works again`);
      },
    });
  }

  private async compact(retention: number): Promise<boolean> {
    return (await this.events.compact(retention, COMPACTED_TURNS)) === COMPACTED_TURNS;
  }

  private async recount(): Promise<boolean> {
    await this.sessions.recount();
    return false;
  }

  private async sweepDeliveries(): Promise<boolean> {
    await this.webhooks.sweep();
    return false;
  }
}
