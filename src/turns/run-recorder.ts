import { Inject, Injectable } from '@nestjs/common';

import { describeRefusal } from '../exceptions/refusal.js';
import { DatabaseRejectedException, HistoryTooLargeException } from '../exceptions/index.js';
import { codeOf, type RunEnd } from '../facts/turn-end.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { pause } from '../timing/timers.js';
import { EventOutbox } from './event-outbox.js';
import { endOfStopped, LOST } from './run-end.js';
import { RECORDING_STORE, type RecordingStore } from './recording.store.js';
import type { RunningTurn } from './running-turn.js';
import { TURN_STORE, type TurnStore } from './turn.store.js';

/**
 * How long the end of a run is kept and retried while the database does not accept it. Its lease is renewed
 * meanwhile.
 */
const KEEP_MS = 10 * 60_000;

/** The first and the longest pause between two attempts to write an end. */
const PAUSE_MS = { first: 100, longest: 5_000 };

/**
 * Writes the ends of runs. A result may be the work of hours, so the write is retried for as long as the run holds
 * its turn, unless the database refuses it permanently: then the turn fails with that reason.
 */
@Injectable()
export class RunRecorder {
  private readonly logger = new ContainedLogger(RunRecorder.name);
  private readonly stopping = new AbortController();

  constructor(
    private readonly outbox: EventOutbox,
    @Inject(TURN_STORE) private readonly turns: TurnStore,
    @Inject(RECORDING_STORE) private readonly recordings: RecordingStore,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** For shutdown: unwritten ends are tried once more, as requeued runs. */
  stop(): void {
    this.stopping.abort();
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Resolves with the written end. Never rejects. */
  async record(run: RunningTurn, wanted: RunEnd): Promise<RunEnd> {
    try {
      return await this.recordUntilOver(run, wanted);
    } finally {
      this.outbox.forget(run);
    }
  }

  private async recordUntilOver(run: RunningTurn, wanted: RunEnd): Promise<RunEnd> {
    const began = performance.now();
    let end = wanted;
    let hasSubstitute = false;
    for (let tries = 1; ; tries++) {
      const isLastTry = this.isStopping();
      try {
        const written = await this.write(run, end);
        if (tries > 1) this.logger.log(`The database has taken the end: ${run.label}`);
        return written;
      } catch (error) {
        if (isRefused(error)) {
          const substitute = hasSubstitute ? undefined : substituteFor(end, error);
          if (!substitute) return this.giveUp(run, `${describeRefusal(error)}, however it is put`);
          this.logger.error(`The end of a run could not be stored: ${describeRefusal(error)}: ${run.label}`);
          end = substitute;
          hasSubstitute = true;
          continue;
        }
        if (run.isLost) return this.lost(run);
        if (isLastTry) return this.letGo(run, 'the worker stops');
        if (performance.now() - began >= KEEP_MS) return this.giveUp(run, 'the database has not taken it');
        const message = `The end could not be written yet: ${run.label}: ${toLogText(error)}`;
        if (tries === 1) this.logger.warn(message);
        else this.logger.debug(message);
        await pause(pauseBefore(tries), this.stopping.signal);
        if (this.isStopping()) end = endOfStopped(this.options.maxAttempts);
      }
    }
  }

  private async write(run: RunningTurn, end: RunEnd): Promise<RunEnd> {
    // Nothing follows the end in the log.
    if (end.outcome !== 'lost') await this.outbox.flush(run);
    switch (end.outcome) {
      case 'completed': {
        const outcome = await this.turns.complete(run, end.result, run.totalTokens, run.stream);
        if (outcome === 'history_too_large') return this.write(run, this.tooLarge());
        return outcome === 'completed' ? end : this.lost(run);
      }
      case 'failed': {
        const { reason, error } = end;
        const holds = await this.turns.fail(run, error, codeOf(reason), run.totalTokens);
        return holds ? end : this.lost(run);
      }
      case 'interrupted': {
        const isSuspended = await this.recordings.suspend(run, end.interrupts, run.totalTokens);
        return isSuspended ? end : this.lost(run);
      }
      case 'requeued':
        return (await this.turns.requeue(run)) ? end : this.lost(run);
      case 'lost':
        return this.lost(run);
    }
  }

  private lost(run: RunningTurn): RunEnd {
    this.logger.warn(`Ended elsewhere, so nothing is recorded: ${run.label}`);
    return LOST;
  }

  private tooLarge(): RunEnd {
    const { message } = new HistoryTooLargeException(this.options.maxHistory);
    return { outcome: 'failed', reason: 'history_too_large', error: message };
  }

  /** Lets go of a run whose loss counts wherever it ran, because every further run would end like it. */
  private async giveUp(run: RunningTurn, why: string): Promise<RunEnd> {
    try {
      await this.turns.charge(run);
    } catch (error) {
      this.logger.error(`A run without an end could not be counted: ${run.label}: ${toLogText(error)}`);
    }
    return this.letGo(run, why);
  }

  /** The run keeps its lease until it expires; then the run counts as lost, so that its turn is guaranteed to end. */
  private letGo(run: RunningTurn, why: string): RunEnd {
    this.logger.error(`The end of a run is not recorded, because ${why}: ${run.label}`);
    return LOST;
  }
}

function pauseBefore(tries: number): number {
  const longest = Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.longest);
  return longest * (0.5 + Math.random() / 2);
}

/** Whether the database would refuse the same end again. */
function isRefused(error: unknown): boolean {
  return error instanceof DatabaseRejectedException || isNotSerializable(error);
}

function isNotSerializable(error: unknown): boolean {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' && /serialize a BigInt|circular structure|string length/.test(message);
}

/** The replacement for an end that the database refuses; undefined if there is none. */
function substituteFor(end: RunEnd, error: unknown): RunEnd | undefined {
  if (end.outcome === 'completed') {
    const text = `The agent's answer could not be stored: ${describeRefusal(error)}`;
    return { outcome: 'failed', reason: 'output_rejected', error: text };
  }
  if (end.outcome === 'interrupted') {
    const text = `The agent's questions could not be stored: ${describeRefusal(error)}`;
    return { outcome: 'failed', reason: 'output_rejected', error: text };
  }
  if (end.outcome !== 'failed') return undefined;
  return { ...end, error: `The turn failed, and its error could not be stored: ${describeRefusal(error)}` };
}
