import { Inject, Injectable } from '@nestjs/common';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { type OverdueInterrupt, RECORDING_STORE, type RecordingStore } from './recording.store.js';
import { TurnDispatcher } from './turn-dispatcher.js';
import { TurnEffects } from './turn-effects.js';

/** Maximum number of questions per query. */
const BATCH = 100;

/** Ends questions whose time is over: with their value, or with a failure of their turns. */
@Injectable()
export class OverdueInterrupts {
  private readonly logger = new ContainedLogger('Interrupts');

  constructor(
    private readonly effects: TurnEffects,
    private readonly dispatcher: TurnDispatcher,
    @Inject(RECORDING_STORE) private readonly recordings: RecordingStore,
  ) {}

  /** Resolves with whether there may be more. */
  async expire(): Promise<boolean> {
    const overdue = await this.recordings.overdue(BATCH);
    let failures = 0;
    for (const interrupt of overdue) {
      try {
        await this.expireOne(interrupt);
      } catch (error) {
        failures++;
        const about = `session ${interrupt.sessionId} turn ${interrupt.turnId}`;
        this.logger.warn(`A question whose time is over could not be ended: ${about}: ${toLogText(error)}`);
      }
    }
    return overdue.length === BATCH && failures < BATCH;
  }

  private async expireOne(interrupt: OverdueInterrupt): Promise<void> {
    const error = `The interrupt "${interrupt.key}" expired without an answer`;
    const outcome = await this.recordings.expire(interrupt, error);
    switch (outcome) {
      case 'failed':
        this.effects.interruptExpired(interrupt, error);
        break;
      case 'resumed':
        this.effects.resumed(interrupt);
        this.dispatcher.dispatch(interrupt.turnId);
        break;
      case 'still_interrupted':
        this.effects.answered(interrupt);
        break;
      case undefined:
      // Answered, cancelled or expired meanwhile.
    }
  }
}
