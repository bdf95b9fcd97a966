import { Inject, Injectable, Logger } from '@nestjs/common';

import { Announcer } from '../lifecycle-events/announcer.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { SESSION_STORE, type SessionStore } from '../sessions/session.store.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../sessions.options.js';
import { LeaseKeeper } from './lease-keeper.js';
import { TurnRunner } from './turn-runner.js';
import { TurnWorker } from './turn-worker.js';
import { WebhookWorker } from '../webhooks/webhook-worker.js';
import { type LostRun, TURN_STORE, type TurnStore } from './turn.store.js';

/** The pause between two sweeps, in ms. */
const PAUSE = 1_000;

/** How long a turn may be queued before the sweeper takes its bell for lost, in ms. */
const OVERDUE = 1_500;

/** How many rows one sweep takes on at most, of each kind. */
const BATCH = 100;

/**
 * Finds what was forgotten: turns whose worker died, queued turns nobody was told of, deliveries that are due,
 * expired sessions.
 */
@Injectable()
export class Sweeper {
  private readonly logger = new Logger(Sweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly worker: TurnWorker,
    private readonly runner: TurnRunner,
    private readonly leases: LeaseKeeper,
    private readonly webhooks: WebhookWorker,
    private readonly announcer: Announcer,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  start(): void {
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.sweeping;
  }

  private schedule(pause: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.sweeping = this.sweep().finally(() => {
        this.schedule(PAUSE);
      });
    }, pause);
  }

  private async sweep(): Promise<void> {
    try {
      await this.reclaimLostRuns();
      await this.takeOverdueTurns();
      if (this.options.role !== 'api') await this.webhooks.sweep();
      if (this.options.sessionTtl !== undefined) await this.removeExpiredSessions();
    } catch (error) {
      this.logger.warn(`The sweep could not finish: ${String(error)}`);
    }
  }

  private async reclaimLostRuns(): Promise<void> {
    // Runs of this process come first: after a time without the loop or the database their leases look expired.
    await this.leases.renew(this.runner.runs);
    const { maxAttempts } = this.options;
    const lost = await this.turns.reclaim(this.runner.runs, BATCH, describeLostRun);
    for (const { sessionId, turnId, owner, attempt, lostRuns, error } of lost) {
      this.logger.warn(
        `Lost its worker (${lostRuns} of ${maxAttempts}): session ${sessionId} turn ${turnId}`,
      );
      this.notifier.publish({ sessionId, turnId });
      const about = { sessionId, turnId, owner, attempt, reason: 'worker_lost' as const };
      if (error === undefined) this.announcer.announce('agent-sessions.turn.requeued', about);
      else this.announcer.announce('agent-sessions.turn.failed', { ...about, error });
    }
  }

  private async takeOverdueTurns(): Promise<void> {
    if (this.worker.free === 0) return;
    const overdue = await this.turns.queued(this.worker.free, OVERDUE);
    for (const turnId of overdue) this.worker.offer(turnId);
  }

  private async removeExpiredSessions(): Promise<void> {
    for (const { id, owner } of await this.sessions.removeExpired(BATCH * 10)) {
      this.announcer.announce('agent-sessions.session.expired', { sessionId: id, owner });
    }
  }
}

function describeLostRun({ lostRuns }: LostRun): string {
  return lostRuns === 1
    ? 'The worker that ran this turn died'
    : `The workers that ran this turn died, ${lostRuns} of them`;
}
