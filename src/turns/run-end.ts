import type { TurnResult } from '../agents/turn-output.js';
import type { TurnFailureReason } from '../lifecycle-events/lifecycle-events.js';
import type { RunningTurn } from './running-turn.js';

/** How a run ends: what is written of it, and afterwards what was. */
export type RunEnd =
  | { outcome: 'completed'; result: TurnResult }
  | { outcome: 'failed'; reason: TurnFailureReason; error: string }
  /** The turn goes back to the queue. */
  | { outcome: 'requeued' }
  /** The turn has ended elsewhere or belongs to another run, so that nothing is written. */
  | { outcome: 'lost' };

/** The end of a run that was cut off before its agent answered. */
export function endOfCutOff({ reason }: RunningTurn, maxAttempts: number): RunEnd {
  switch (reason?.cause) {
    case 'timed_out':
      return { outcome: 'failed', reason: 'timed_out', error: reason.message };
    case 'shutdown':
      if (maxAttempts > 1) return { outcome: 'requeued' };
      return {
        outcome: 'failed',
        reason: 'worker_stopped',
        error: 'The worker was stopped while it ran this turn',
      };
    default:
      return { outcome: 'lost' };
  }
}
