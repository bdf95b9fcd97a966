import type { TurnResult } from '../agents/turn-output.js';

/** How a turn can end, which is also its final status; for each, the status of its session afterwards. */
const SETTLED_STATUSES = { completed: 'idle', failed: 'error', cancelled: 'error' } as const;

/** How a turn has ended. */
export type TurnOutcome = keyof typeof SETTLED_STATUSES;

export const TURN_OUTCOMES = Object.keys(SETTLED_STATUSES) as readonly TurnOutcome[];

/** The status of a session whose last turn has ended. */
export type SettledStatus = (typeof SETTLED_STATUSES)[TurnOutcome];

export const TURN_CODES = [
  'agent_error',
  'timed_out',
  'cancelled',
  'worker_lost',
  'output_rejected',
  'history_too_large',
] as const;

/** Why a turn ended without success. */
export type TurnCode = (typeof TURN_CODES)[number];

/**
 * Reason for which a turn failed: an error of its agent, its time limit, a result that is invalid or cannot be
 * stored, a result that would exceed `maxHistory`, or workers that died or were stopped too often.
 */
export type TurnFailureReason = Exclude<TurnCode, 'cancelled'> | 'worker_stopped';

/** Why a turn went back to the queue. */
export type RequeueReason = Extract<TurnFailureReason, 'worker_lost' | 'worker_stopped'>;

/** A turn's failure. */
export interface TurnFailure {
  outcome: 'failed';
  reason: TurnFailureReason;
  /** The line that clients see. */
  error: string;
}

/** A turn's end: what the store writes of it, and what facts, spans and webhooks say of it afterwards. */
export type TurnEnd = { outcome: 'completed'; result: TurnResult } | TurnFailure | { outcome: 'cancelled' };

/** The end of a run, which is its turn's end unless the turn goes on. */
export type RunEnd =
  | Exclude<TurnEnd, { outcome: 'cancelled' }>
  /** The turn goes back to the queue. */
  | { outcome: 'requeued'; reason: RequeueReason }
  /** The turn has ended elsewhere or belongs to another run, so that nothing is written. */
  | { outcome: 'lost' };

/** What clients read as the code of a turn that failed. */
export function codeOf(reason: TurnFailureReason): TurnCode {
  return reason === 'worker_stopped' ? 'worker_lost' : reason;
}
