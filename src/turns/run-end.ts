import type { RunEnd } from '../facts/turn-end.js';

export const LOST: RunEnd = { outcome: 'lost' };

/** The end of a run whose worker stops before it has ended. */
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
