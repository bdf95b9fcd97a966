import { Inject, Injectable } from '@nestjs/common';

import type { NewStep, TurnRecording } from '../agents/recording/recording.js';
import { DatabaseRejectedException } from '../exceptions/index.js';
import { describeRefusal, unreadable } from '../exceptions/refusal.js';
import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { settleWithin } from '../timing/timers.js';
import { EventOutbox } from './event-outbox.js';
import { RECORDING_STORE, type RecordingStore } from './recording.store.js';
import type { RunningTurn } from './running-turn.js';

/** The first and the longest pause before a failed access is tried again. */
const PAUSE_MS = { first: 100, longest: 5_000 };

/** What runs of this process read and record before their end. Retried while the run holds its turn. */
@Injectable()
export class TurnRecordings {
  private readonly logger = new ContainedLogger('TurnRunner');

  constructor(
    private readonly outbox: EventOutbox,
    @Inject(RECORDING_STORE) private readonly recordings: RecordingStore,
  ) {}

  /** Undefined if the run was aborted. Throws if the database refuses permanently, or if a stored value is damaged. */
  async read(run: RunningTurn): Promise<TurnRecording | undefined> {
    try {
      return await this.whileHeld(run, 'The recording could not be read yet', () =>
        this.recordings.read(run.turnId),
      );
    } catch (error) {
      throw unreadable("The turn's recording", error);
    }
  }

  /** Resolves with the reason if the step is not recorded; never rejects. */
  async recordStep(run: RunningTurn, step: NewStep): Promise<string | undefined> {
    try {
      const isRecorded = await this.whileHeld(run, 'A step could not be recorded yet', async () => {
        // What the step has emitted comes before its record.
        await this.outbox.flush(run);
        return this.recordings.recordStep(run, step);
      });
      return isRecorded ? undefined : 'The run has lost its turn, so the step is not recorded';
    } catch (error) {
      this.logger.error(`A step could not be recorded: ${describeRefusal(error)}: ${run.label}`);
      return `The step "${step.name}" could not be recorded: ${describeRefusal(error)}`;
    }
  }

  private async whileHeld<T>(
    run: RunningTurn,
    what: string,
    access: () => Promise<T>,
  ): Promise<T | undefined> {
    for (let pause = PAUSE_MS.first; !run.isCutOff; pause = Math.min(2 * pause, PAUSE_MS.longest)) {
      try {
        return await access();
      } catch (error) {
        if (error instanceof DatabaseRejectedException) throw error;
        this.logger.warn(`${what}: ${run.label}: ${toLogText(error)}`);
        await settleWithin([run.cutOff], pause * (0.5 + Math.random() / 2));
      }
    }
    return undefined;
  }
}
