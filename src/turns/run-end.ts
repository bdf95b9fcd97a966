import type { RunEnd } from '../facts/turn-end.js';
import type { RunAborted } from './run-aborted.js';

export const LOST: RunEnd = { outcome: 'lost' };

/** The end of a run that was aborted before its agent returned. */
export function endOfCutOff(reason: RunAborted | undefined, maxAttempts: number): RunEnd {
  switch (reason?.cause) {
    case 'timed_out':
      return { outcome: 'failed', reason: 'timed_out', error: reason.message };
    case 'shutdown':
      return endOfStopped(maxAttempts);
    default:
      return LOST;
  }
}

/** The end of a run that was unfinished when its worker stopped. */
export function endOfStopped(maxAttempts: number): RunEnd {
  if (maxAttempts > 1) return { outcome: 'requeued', reason: 'worker_stopped' };
  return {
    outcome: 'failed',
    reason: 'worker_stopped',
    error: 'The worker was stopped while it ran this turn',
  };
}

/** The error of a turn that has lost this many workers. */
export function describeLostRuns(lostRuns: number): string {
  return lostRuns === 1
    ? 'The worker that ran this turn died'
    : `The workers that ran this turn died, ${lostRuns} of them`;
}
