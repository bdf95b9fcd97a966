import type { TurnResult } from '../agents/turn-output.js';
import type { TurnFailureReason } from '../lifecycle-events/lifecycle-events.js';
import type { RunningTurn } from './running-turn.js';
import type { TurnCode } from './turn.js';

/** How a run ends: what is written of it, and afterwards what was. */
export type RunEnd =
  | { outcome: 'completed'; result: TurnResult }
  | { outcome: 'failed'; reason: TurnFailureReason; error: string }
  /** The turn goes back to the queue. */
  | { outcome: 'requeued' }
  /** The turn has ended elsewhere or belongs to another run, so that nothing is written. */
  | { outcome: 'lost' };

export const LOST: RunEnd = { outcome: 'lost' };

/** The end of a run that was cut off before its agent answered. */
export function endOfCutOff({ reason }: RunningTurn, maxAttempts: number): RunEnd {
  switch (reason?.cause) {
    case 'timed_out':
      return { outcome: 'failed', reason: 'timed_out', error: reason.message };
    case 'shutdown':
      return endOfStopped(maxAttempts);
    default:
      return LOST;
  }
}

/** The end of a run whose worker stops before it has ended. */
export function endOfStopped(maxAttempts: number): RunEnd {
  if (maxAttempts > 1) return { outcome: 'requeued' };
  return {
    outcome: 'failed',
    reason: 'worker_stopped',
    error: 'The worker was stopped while it ran this turn',
  };
}

/** What clients read as the turn's code. */
export function codeOf(reason: TurnFailureReason): TurnCode {
  return reason === 'worker_stopped' ? 'worker_lost' : reason;
}

/** The error of a turn that has lost so many workers. */
export function describeLostRuns(lostRuns: number): string {
  return lostRuns === 1
    ? 'The worker that ran this turn died'
    : `The workers that ran this turn died, ${lostRuns} of them`;
}
