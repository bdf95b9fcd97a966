import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';

import { describeRefusal } from '../exceptions/refusal.js';
import { DatabaseRejectedException } from '../exceptions/index.js';
import { failpoint } from '../failpoints/failpoints.js';
import type { RunEnd } from '../facts/turn-end.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import type { SessionScope } from '../owners/session-scope.js';
import { Tracing } from '../telemetry/tracing.js';
import { after } from '../timing/timers.js';
import { RunAborted } from './run-aborted.js';
import { endOfStopped } from './run-end.js';
import { RunRecorder } from './run-recorder.js';
import { RunServices } from './run-services.js';
import { RunningTurn } from './running-turn.js';
import { TurnEffects } from './turn-effects.js';
import type { LostRun, TurnRun } from './turn-run.js';
import { type ClaimedTurn, TURN_STORE, type TurnStore } from './turn.store.js';

/**
 * Runs one turn from claim to end. The database decides: an end counts only if the run still holds its turn, and an
 * aborted run writes only the end that the reason requires.
 */
@Injectable()
export class TurnRunner {
  private readonly logger = new ContainedLogger(TurnRunner.name);
  private readonly running = new Map<string, RunningTurn>();
  /** Runs that will start with their turn's acceptance. */
  private readonly expected = new Map<string, TurnRun>();
  /** The name of this process in the database. */
  readonly worker = randomUUID();
  private closing = false;

  constructor(
    private readonly effects: TurnEffects,
    private readonly tracing: Tracing,
    private readonly services: RunServices,
    private readonly recorder: RunRecorder,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** The runs of this process. */
  get runs(): RunningTurn[] {
    return [...this.running.values()];
  }

  /** The same, including those that will start. */
  get own(): TurnRun[] {
    return [...this.running.values(), ...this.expected.values()];
  }

  /** Registers a run that will start with its turn's acceptance, so that it is known before it is in the database. */
  expect(run: TurnRun): void {
    this.expected.set(run.turnId, run);
  }

  /** Removes an expected run that did not start. */
  forget(turnId: string): void {
    this.expected.delete(turnId);
  }

  /** Its run of a turn of this session, as far as it knows; none before the turn is in the database. */
  runOf({ owner }: SessionScope, sessionId: string): RunningTurn | undefined {
    return this.own.find(
      (run): run is RunningTurn =>
        run.sessionId === sessionId &&
        run instanceof RunningTurn &&
        !run.isCutOff &&
        (owner === undefined || run.claimed.owner === owner),
    );
  }

  /** Aborts all runs, also those that are being claimed; their turns are requeued. */
  handOver(): void {
    this.closing = true;
    const end = endOfStopped(this.options.maxAttempts);
    for (const run of this.runs) run.abort(new RunAborted('shutdown', 'The worker stops', end));
    this.recorder.stop();
  }

  /**
   * Claims and runs a turn. Calls back when its agent has ended by itself. Resolves with the run once its end is
   * recorded, or undefined if the turn could not be claimed. Never rejects.
   */
  async run(turnId: string, agentEnded: () => void): Promise<RunningTurn | undefined> {
    if (this.running.has(turnId)) return undefined;
    try {
      const claimed = await this.claim(turnId);
      return claimed && (await this.runClaimed(claimed, agentEnded));
    } catch (error) {
      // The turn runs again by its lease or the sweeper.
      this.logger.error(`Turn ${turnId} could not be run: ${toLogText(error)}`);
      return undefined;
    }
  }

  /** Creates a run from the database's response to a request that was sent at that time on the monotonic clock. */
  adopt(claimed: ClaimedTurn, asked: number): RunningTurn {
    const run = new RunningTurn(claimed, asked, this.services);
    if (!run.history) this.services.useRecentHistory(run);
    return run;
  }

  /** Runs a turn whose run started with its acceptance; otherwise like {@link run}. */
  async runAccepted(run: RunningTurn, agentEnded: () => void): Promise<void> {
    failpoint('claimed');
    try {
      if (!(await this.handedOver(run))) await this.runClaimed(run, agentEnded);
    } catch (error) {
      this.logger.error(`Turn ${run.turnId} could not be run: ${toLogText(error)}`);
    } finally {
      this.forget(run.turnId);
    }
  }

  private async claim(turnId: string): Promise<RunningTurn | undefined> {
    const asked = performance.now();
    let claimed: ClaimedTurn | undefined;
    try {
      claimed = await this.turns.claim(turnId, this.worker, this.services.isolates);
    } catch (error) {
      if (error instanceof DatabaseRejectedException) await this.countRefusedClaim(turnId, error);
      else this.logger.warn(`Turn ${turnId} has to wait: ${toLogText(error)}`);
    }
    if (!claimed) return undefined;
    failpoint('claimed');
    const run = this.adopt(claimed, asked);
    return (await this.handedOver(run)) ? undefined : run;
  }

  private async handedOver(run: RunningTurn): Promise<boolean> {
    if (!this.closing) return false;
    this.logger.log(`Claimed while the worker stops, so it is handed over: ${run.label}`);
    await run.record({ outcome: 'requeued', reason: 'worker_stopped' });
    return true;
  }

  /** Each refused claim counts as a lost run, so that the turn ends eventually. */
  private async countRefusedClaim(turnId: string, refused: DatabaseRejectedException): Promise<void> {
    const why = describeRefusal(refused);
    this.logger.error(`Turn ${turnId} could not be claimed: ${why}`);
    try {
      const describe = ({ lostRuns }: LostRun) => `The turn could not be started, ${lostRuns} times: ${why}`;
      const counted = await this.turns.countRefusedClaim(turnId, describe);
      if (counted) this.effects.lostRun(counted, 'Could not be claimed');
    } catch (error) {
      this.logger.error(`Turn ${turnId}: the failed claim could not be counted: ${toLogText(error)}`);
    }
  }

  private async runClaimed(run: RunningTurn, agentEnded: () => void): Promise<RunningTurn> {
    this.running.set(run.turnId, run);
    this.expected.delete(run.turnId);
    this.effects.started(run);
    const { turnTimeout } = this.options;
    const stopTimer = after(turnTimeout, () => {
      const error = `Turn timed out after ${(turnTimeout ?? 0) / 1000} s`;
      run.abort(new RunAborted('timed_out', error, { outcome: 'failed', reason: 'timed_out', error }));
    });
    let end: RunEnd;
    try {
      end = await this.runInSpan(run, agentEnded);
    } finally {
      stopTimer();
      this.running.delete(run.turnId);
    }
    failpoint('recorded');
    this.effects.runEnded(run, end);
    return run;
  }

  private async runInSpan(run: RunningTurn, agentEnded: () => void): Promise<RunEnd> {
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
      const wanted = await run.answer();
      run.isSettling = true;
      if (!run.isCutOff) agentEnded();
      failpoint('answered');
      const end = await run.record(wanted);
      notes.set({ 'agent_sessions.outcome': end.outcome });
      if (end.outcome === 'failed') notes.fail(end.reason, end.error, end.cause);
      return end;
    });
  }
}
