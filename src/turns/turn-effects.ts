import { Inject, Injectable } from '@nestjs/common';

import type { AboutRun, AboutTurn, TurnCompleted, TurnInterrupted } from '../facts/fact.js';
import { Facts } from '../facts/facts.js';
import type { RequeueReason, RunEnd, TurnFailure } from '../facts/turn-end.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from '../webhooks/webhook-queue.js';
import type { RunningTurn } from './running-turn.js';
import type { ReclaimedRun } from './turn-run.js';

/** A turn that has changed. */
export interface ChangedTurn extends AboutTurn {
  /** Whether the turn has a webhook. */
  hasWebhook?: boolean | undefined;
}

interface ChangedRun extends ChangedTurn {
  attempt: number;
}

/** The measurements of a run in this process. */
type Measured = Pick<TurnCompleted, 'duration'>;

/**
 * The effects of each change of a turn, after its commit: waiting requests are notified, webhook workers are woken if
 * the turn has a webhook, and the fact is published. Every caller that changes a turn uses this class: the runner,
 * the calls of clients and hosts, and the sweeper. Its methods never throw and never wait.
 */
@Injectable()
export class TurnEffects {
  private readonly logger = new ContainedLogger('LostRuns');

  constructor(
    private readonly facts: Facts,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(WEBHOOK_QUEUE) private readonly webhooks: WebhookQueue,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  queued(turn: AboutTurn): void {
    this.notifyLog(turn);
    this.facts.publish({ type: 'turn.queued', ...aboutTurn(turn) });
  }

  started({ claimed }: RunningTurn): void {
    const { waited, isLastRun } = claimed;
    const last = isLastRun ? { isLastRun } : {};
    this.notifyLog(claimed);
    this.facts.publish({ type: 'turn.started', ...aboutRun(claimed), waited, ...last });
  }

  /** The effects of a run's end in this process. */
  runEnded({ claimed, began, totalTokens }: RunningTurn, end: RunEnd): void {
    const measured = { duration: performance.now() - began };
    switch (end.outcome) {
      case 'completed':
        this.completed(claimed, { ...measured, totalTokens });
        break;
      case 'failed':
        this.failed(claimed, end, measured);
        break;
      case 'interrupted':
        this.interrupted(claimed, { questions: end.interrupts.length, ...measured, totalTokens });
        break;
      case 'requeued':
        this.requeued(claimed, end.reason, measured);
        break;
      case 'lost':
        // The code that ended the turn publishes the fact. It may have been this run, by a commit whose response was
        // lost.
        this.wake(claimed);
    }
  }

  /** The effects of a lost run that the database has counted; `what` describes the loss. */
  lostRun(run: ReclaimedRun, what: string): void {
    const { sessionId, turnId, lostRuns, error } = run;
    this.logger.warn(
      `${what} (${lostRuns} of ${this.options.maxAttempts}): session ${sessionId} turn ${turnId}`,
    );
    const reason = 'worker_lost';
    if (error === undefined) this.requeued(run, reason);
    else this.failed(run, { outcome: 'failed', reason, error });
  }

  /** The effects of a question that expired without a value. */
  interruptExpired(run: ChangedRun, error: string): void {
    this.failed(run, { outcome: 'failed', reason: 'interrupt_expired', error });
  }

  /** The effects of the last answer to the questions of a turn, which is queued again. */
  resumed(turn: AboutTurn): void {
    this.notify(turn);
    this.facts.publish({ type: 'turn.resumed', ...aboutTurn(turn) });
  }

  /** The effects of an answer after which the turn still waits. */
  answered(turn: AboutTurn): void {
    this.notify(turn);
  }

  cancelled(turn: ChangedTurn): void {
    this.wake(turn);
    this.facts.publish({ type: 'turn.cancelled', ...aboutTurn(turn) });
  }

  private completed(run: ChangedRun, measured: Pick<TurnCompleted, 'duration' | 'totalTokens'>): void {
    this.wake(run);
    this.facts.publish({ type: 'turn.completed', ...aboutRun(run), ...measured });
  }

  private failed(run: ChangedRun, { reason, error, cause }: TurnFailure, measured?: Measured): void {
    this.wake(run);
    const thrown = cause === undefined ? {} : { cause };
    this.facts.publish({ type: 'turn.failed', ...aboutRun(run), reason, error, ...thrown, ...measured });
  }

  private interrupted(run: ChangedRun, details: Omit<TurnInterrupted, keyof AboutRun>): void {
    this.wake(run);
    this.facts.publish({ type: 'turn.interrupted', ...aboutRun(run), ...details });
  }

  private requeued(run: ChangedRun, reason: RequeueReason, measured?: Measured): void {
    this.notify(run);
    this.facts.publish({ type: 'turn.requeued', ...aboutRun(run), reason, ...measured });
  }

  /** For a turn that has ended or is interrupted. */
  private wake(turn: ChangedTurn): void {
    this.notify(turn);
    if (turn.hasWebhook) this.webhooks.notify(turn.turnId);
  }

  /** For readers of the log, which has grown. */
  notifyLog({ sessionId, turnId }: Pick<AboutTurn, 'sessionId' | 'turnId'>): void {
    this.notifier.publish({ sessionId, turnId, onlyLog: true });
  }

  private notify({ sessionId, turnId }: ChangedTurn): void {
    this.notifier.publish({ sessionId, turnId });
  }
}

function aboutTurn({ sessionId, turnId, owner }: AboutTurn): AboutTurn {
  return { sessionId, turnId, owner };
}

function aboutRun({ sessionId, turnId, owner, attempt }: AboutRun): AboutRun {
  return { sessionId, turnId, owner, attempt };
}
