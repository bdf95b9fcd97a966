import { Inject, Injectable, Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';

import { AGENT, type Agent } from '../agents/agent.js';
import { describeAgentError } from '../agents/agent-error.js';
import { createTurn } from '../agents/turn-context.js';
import { readTurnOutput, type TurnResult } from '../agents/turn-output.js';
import { DatabaseUnavailableException, TryAgainException } from '../exceptions/index.js';
import { failpoint } from '../failpoints.js';
import { NOTIFIER, type Notifier } from '../notifications/notifier.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../sessions.options.js';
import { after } from '../timing/timers.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from '../webhooks/webhook-queue.js';
import { RunAborted, RunningTurn } from './running-turn.js';
import { TURN_STORE, type TurnStore } from './turn.store.js';

/** How long to wait before writing an end again that the database did not take, in ms. */
const WRITE_AGAIN = 250;

type RunEnd = { result: TurnResult } | { error: string };

/**
 * Runs one turn from claim to end. Whatever happens to the run, the database decides: an end counts only if the
 * run still holds its turn, and a run that was cut off writes nothing but what the reason asks for.
 */
@Injectable()
export class TurnRunner {
  private readonly logger = new Logger(TurnRunner.name);
  private readonly running = new Map<string, RunningTurn>();
  private closing = false;

  constructor(
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

  /**
   * Runs a turn if it is there to be run; never throws. Answers `must_run_alone`, with nothing done, for the last
   * run of a turn whose earlier runs all died, unless the caller sees to it.
   */
  async run(turnId: string, { alone = false } = {}): Promise<'done' | 'must_run_alone'> {
    if (this.running.has(turnId)) return 'done';
    try {
      const leasedAt = performance.now();
      const claimed = await this.turns.claim(turnId, alone);
      if (claimed === 'must_run_alone') return claimed;
      if (!claimed) return 'done';
      failpoint('claimed');
      await this.runClaimed(new RunningTurn(claimed, leasedAt));
    } catch (error) {
      // The lease or the sweeper brings the turn back.
      if (isPassing(error)) this.logger.warn(`Turn ${turnId} has to wait: ${String(error)}`);
      else this.logger.error(`Turn ${turnId} could not be run: ${String(error)}`);
    }
    return 'done';
  }

  private async runClaimed(run: RunningTurn): Promise<void> {
    this.running.set(run.turnId, run);
    const { turnTimeout } = this.options;
    const stopTimer = after(turnTimeout, () => {
      run.abort(new RunAborted('timed_out', `Turn timed out after ${(turnTimeout ?? 0) / 1000} s`));
    });
    try {
      await this.settle(run, await this.answer(run));
    } finally {
      stopTimer();
      this.running.delete(run.turnId);
    }
    failpoint('recorded');
    this.notifier.publish({ sessionId: run.sessionId, turnId: run.turnId });
    if (run.claimed.hasWebhook) this.webhooks.ring({ turnId: run.turnId });
  }

  /** How the agent ended the run; undefined where it was cut off before. */
  private async answer(run: RunningTurn): Promise<RunEnd | undefined> {
    const { claimed, signal } = run;
    const turn = createTurn({ ...claimed, signal }, (tokens) => {
      run.totalTokens = (run.totalTokens ?? 0) + tokens;
    });
    const answered = (async (): Promise<RunEnd> => {
      try {
        return { result: readTurnOutput(await this.agent.runTurn(turn), claimed.message) };
      } catch (error) {
        return { error: describeAgentError(error) };
      }
    })();
    const end = await Promise.race([answered, run.cutOff]);
    return signal.aborted ? undefined : end;
  }

  private async settle(run: RunningTurn, end: RunEnd | undefined): Promise<void> {
    run.isSettling = true;
    failpoint('answered');
    if (end && 'error' in end) this.logger.warn(`The agent failed: ${run.label}`);
    for (;;) {
      try {
        if (!(await this.write(run, end)))
          this.logger.warn(`Ended elsewhere, so nothing is recorded: ${run.label}`);
        return;
      } catch (error) {
        // While the database is away nobody else can take the turn, and its answer is worth keeping.
        if (!isPassing(error) || this.closing) throw error;
        this.logger.warn(`The end could not be written yet: ${run.label}: ${String(error)}`);
        await delay(WRITE_AGAIN);
      }
    }
  }

  private async write(run: RunningTurn, end: RunEnd | undefined): Promise<boolean> {
    if (end && 'result' in end) return this.turns.complete(run, end.result, run.totalTokens);
    if (end) return this.turns.fail(run, end.error, run.totalTokens);
    const reason = run.reason;
    if (reason?.cause === 'timed_out') return this.turns.fail(run, reason.message, run.totalTokens);
    if (reason?.cause !== 'shutdown') return false;
    if (this.options.maxAttempts > 1) return this.turns.requeue(run);
    return this.turns.fail(run, 'The worker was stopped while it ran this turn', run.totalTokens);
  }
}

/** Whether an error of the database says nothing about the turn. */
function isPassing(error: unknown): boolean {
  return error instanceof DatabaseUnavailableException || error instanceof TryAgainException;
}
