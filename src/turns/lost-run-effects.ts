import { Inject, Injectable } from '@nestjs/common';

import { Announcer } from '../lifecycle-events/announcer.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from '../webhooks/webhook-queue.js';
import type { ReclaimedRun } from './turn.store.js';

/** What follows when the database has counted a lost run. */
@Injectable()
export class LostRunEffects {
  private readonly logger = new ContainedLogger('LostRuns');

  constructor(
    private readonly announcer: Announcer,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(WEBHOOK_QUEUE) private readonly webhooks: WebhookQueue,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** Never throws and never waits. `what` says how the run was lost. */
  counted({ sessionId, turnId, owner, attempt, lostRuns, error }: ReclaimedRun, what: string): void {
    const { maxAttempts } = this.options;
    this.logger.warn(`${what} (${lostRuns} of ${maxAttempts}): session ${sessionId} turn ${turnId}`);
    this.notifier.publish({ sessionId, turnId });
    const about = { sessionId, turnId, owner, attempt, reason: 'worker_lost' as const };
    if (error === undefined) {
      this.announcer.announce('agent-sessions.turn.requeued', about);
      return;
    }
    this.webhooks.notify(turnId);
    this.announcer.announce('agent-sessions.turn.failed', { ...about, error });
  }
}
