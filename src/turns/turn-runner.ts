import { Inject, Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { AGENT, type Agent } from '../agents/agent.js';
import { describeAgentError, locateAgentError } from '../agents/agent-error.js';
import { createTurn } from '../agents/turn-context.js';
import { readTurnOutput } from '../agents/turn-output.js';
import { DatabaseUnavailableException, TryAgainException } from '../exceptions/index.js';
import { failpoint } from '../failpoints.js';
import { Announcer } from '../lifecycle-events/announcer.js';
import { ChatMessageRepository } from '../messages/chat-message.repository.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../sessions.options.js';
import { Tracing } from '../telemetry/tracing.js';
import { after } from '../timing/timers.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from '../webhooks/webhook-queue.js';
import { endOfCutOff, type RunEnd } from './run-end.js';
import { RunAborted, RunningTurn } from './running-turn.js';
import { TURN_STORE, type TurnStore } from './turn.store.js';

/** How long to wait before writing an end again that the database did not take, in ms. */
const WRITE_AGAIN = 250;

/**
 * Runs one turn from claim to end. Whatever happens to the run, the database decides: an end counts only if the
 * run still holds its turn, and a run that was cut off writes nothing but what the reason asks for.
 */
@Injectable()
export class TurnRunner {
  private readonly logger = new Logger(TurnRunner.name);
  private readonly running = new Map<string, RunningTurn>();
  private readonly worker = randomUUID();
  private closing = false;

  constructor(
    private readonly announcer: Announcer,
    private readonly tracing: Tracing,
    private readonly messages: ChatMessageRepository,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(NOTIFIER) private readonly notifier: Notifier,
    @Inject(WEBHOOK_QUEUE) private readonly webhooks: WebhookQueue,
    @Inject(AGENT) private readonly agent: Agent,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** The runs of this process. */
  get runs(): RunningTurn[] {
    return [...this.running.values()];
  }

  /** Cuts off all runs, each of which goes back to the queue. */
  handOver(): void {
    this.closing = true;
    for (const run of this.runs) run.abort(new RunAborted('shutdown', 'The worker stops'));
  }

  /** Runs a turn if it is there to be run; never throws. */
  async run(turnId: string): Promise<void> {
    if (this.running.has(turnId)) return;
    try {
      const leasedAt = performance.now();
      const claimed = await this.turns.claim(turnId, this.worker);
      if (!claimed) return;
      failpoint('claimed');
      await this.runClaimed(new RunningTurn(claimed, leasedAt));
    } catch (error) {
      // The lease or the sweeper brings the turn back.
      if (isPassing(error)) this.logger.warn(`Turn ${turnId} has to wait: ${String(error)}`);
      else this.logger.error(`Turn ${turnId} could not be run: ${String(error)}`);
    }
  }

  private async runClaimed(run: RunningTurn): Promise<void> {
    this.running.set(run.turnId, run);
    this.announcer.announce('agent-sessions.turn.started', { ...about(run), waited: run.claimed.waited });
    const { turnTimeout } = this.options;
    const stopTimer = after(turnTimeout, () => {
      run.abort(new RunAborted('timed_out', `Turn timed out after ${(turnTimeout ?? 0) / 1000} s`));
    });
    let end: RunEnd;
    try {
      end = await this.runInSpan(run);
    } finally {
      stopTimer();
      this.running.delete(run.turnId);
    }
    failpoint('recorded');
    this.notifier.publish({ sessionId: run.sessionId, turnId: run.turnId });
    if (run.claimed.hasWebhook) this.webhooks.ring({ turnId: run.turnId });
    this.announceEnd(run, end);
  }

  private async runInSpan(run: RunningTurn): Promise<RunEnd> {
    const span = {
      kind: 'consumer' as const,
      attributes: {
        'agent_sessions.module': this.options.name,
        'agent_sessions.session.id': run.sessionId,
        'agent_sessions.turn.id': run.turnId,
        'agent_sessions.turn.attempt': run.attempt,
      },
      cause: run.claimed.traceparent,
    };
    return this.tracing.inSpan('agent_sessions.turn', span, async (notes) => {
      const end = await this.settle(run, await this.answer(run));
      notes.set({ 'agent_sessions.outcome': end.outcome });
      if (end.outcome === 'failed') notes.fail(end.reason, end.error);
      return end;
    });
  }

  /** How the run ends: by its agent, or by what cut it off before. */
  private async answer(run: RunningTurn): Promise<RunEnd> {
    const { claimed, signal } = run;
    const history = claimed.history ?? (await this.messages.history({}, claimed.sessionId)) ?? [];
    const turn = createTurn({ ...claimed, history, signal }, (tokens) => {
      run.totalTokens = (run.totalTokens ?? 0) + tokens;
    });
    const answered = (async (): Promise<RunEnd> => {
      try {
        const result = readTurnOutput(await this.agent.runTurn(turn), claimed.message);
        return { outcome: 'completed', result };
      } catch (error) {
        if (!signal.aborted) this.logger.warn(`The agent failed: ${run.label}: ${locateAgentError(error)}`);
        return { outcome: 'failed', reason: 'agent_error', error: describeAgentError(error) };
      }
    })();
    const end = await Promise.race([answered, run.cutOff]);
    return end && !signal.aborted ? end : endOfCutOff(run, this.options.maxAttempts);
  }

  /** Writes the end down; what came of that. */
  private async settle(run: RunningTurn, end: RunEnd): Promise<RunEnd> {
    run.isSettling = true;
    failpoint('answered');
    for (;;) {
      try {
        if (await this.write(run, end)) return end;
        this.logger.warn(`Ended elsewhere, so nothing is recorded: ${run.label}`);
        return { outcome: 'lost' };
      } catch (error) {
        // While the database is away nobody else can take the turn, and its answer is worth keeping.
        if (!isPassing(error) || this.closing) throw error;
        this.logger.warn(`The end could not be written yet: ${run.label}: ${String(error)}`);
        await delay(WRITE_AGAIN);
      }
    }
  }

  private async write(run: RunningTurn, end: RunEnd): Promise<boolean> {
    switch (end.outcome) {
      case 'completed':
        return (await this.turns.complete(run, end.result, run.totalTokens)) === 'completed';
      case 'failed':
        return this.turns.fail(run, end.error, 'agent_error', run.totalTokens);
      case 'requeued':
        return this.turns.requeue(run);
      case 'lost':
        return false;
    }
  }

  private announceEnd(run: RunningTurn, end: RunEnd): void {
    const event = { ...about(run), duration: performance.now() - run.began };
    switch (end.outcome) {
      case 'completed':
        this.announcer.announce('agent-sessions.turn.completed', { ...event, totalTokens: run.totalTokens });
        break;
      case 'failed': {
        const { reason, error } = end;
        this.announcer.announce('agent-sessions.turn.failed', { ...event, reason, error });
        break;
      }
      case 'requeued':
        this.announcer.announce('agent-sessions.turn.requeued', { ...event, reason: 'worker_stopped' });
        break;
      case 'lost':
      // Whoever ended the turn has announced that, or will when its end is recorded.
    }
  }
}

function about({ sessionId, turnId, attempt, claimed: { owner } }: RunningTurn) {
  return { sessionId, turnId, attempt, owner };
}

/** Whether an error of the database says nothing about the turn. */
function isPassing(error: unknown): boolean {
  return error instanceof DatabaseUnavailableException || error instanceof TryAgainException;
}
