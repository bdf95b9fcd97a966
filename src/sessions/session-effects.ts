import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

import { AfterCommit } from '../transactions/after-commit.js';
import { Announcer } from '../lifecycle-events/announcer.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { type AcceptedRun, AcceptedRuns } from '../turns/accepted-runs.js';
import { TurnDispatcher } from '../turns/turn-dispatcher.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from '../webhooks/webhook-queue.js';
import type { RemovedSession } from './session.store.js';

/** What has been changed about whose session. */
interface SessionChange {
  sessionId: string;
  owner?: string;
}

interface TurnChange extends SessionChange {
  turnId: string;
}

/**
 * What follows a change that a caller made, as soon as it is committed: who waits or runs is told, workers are
 * woken, and it is announced. `manager` is the caller's, if their transaction holds the change.
 */
@Injectable()
export class SessionEffects {
  constructor(
    private readonly afterCommit: AfterCommit,
    private readonly announcer: Announcer,
    private readonly dispatcher: TurnDispatcher,
    private readonly runs: AcceptedRuns,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(WEBHOOK_QUEUE) private readonly webhooks: WebhookQueue,
  ) {}

  expired({ id: sessionId, owner }: RemovedSession, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      this.announcer.announce('agent-sessions.session.expired', { sessionId, owner });
    });
  }

  created(change: SessionChange, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      this.announcer.announce('agent-sessions.session.created', change);
    });
  }

  deleted(change: SessionChange, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      this.notifier.publish({ sessionId: change.sessionId });
      this.announcer.announce('agent-sessions.session.deleted', change);
    });
  }

  /** `run` is the turn's run where that has begun with the acceptance. */
  accepted(change: TurnChange, manager?: EntityManager, run?: AcceptedRun): void {
    this.afterCommit.run(manager, () => {
      this.announcer.announce('agent-sessions.turn.accepted', change);
      if (run) this.runs.begin(run);
      else this.dispatcher.dispatch(change.turnId);
    });
  }

  cancelled(change: TurnChange, manager?: EntityManager): void {
    this.afterCommit.run(manager, () => {
      const { sessionId, turnId } = change;
      this.notifier.publish({ sessionId, turnId });
      this.webhooks.ring({ turnId });
      this.announcer.announce('agent-sessions.turn.cancelled', change);
    });
  }
}
