import type { NewInterrupt } from '../agents/recording/recording.js';
import type { TurnResult } from '../agents/turn-output.js';

/** How a turn has ended, which is also its final status. */
export type TurnOutcome = 'completed' | 'failed' | 'cancelled';

/** The status of a session whose last turn has ended. */
export type SettledStatus = 'idle' | 'error';

/** For each outcome, the status of the session afterwards. */
const SETTLED_STATUSES = {
  completed: 'idle',
  failed: 'error',
  cancelled: 'error',
} as const satisfies Record<TurnOutcome, SettledStatus>;

export const TURN_OUTCOMES = Object.keys(SETTLED_STATUSES) as readonly TurnOutcome[];

/** Why a turn ended without success. */
export type TurnCode =
  | 'agent_error'
  | 'timed_out'
  | 'cancelled'
  | 'worker_lost'
  | 'output_rejected'
  | 'history_too_large'
  | 'step_unknown'
  | 'interrupt_expired'
  | 'replay_mismatch';

export const TURN_CODES = Object.keys({
  agent_error: true,
  timed_out: true,
  cancelled: true,
  worker_lost: true,
  output_rejected: true,
  history_too_large: true,
  step_unknown: true,
  interrupt_expired: true,
  replay_mismatch: true,
} satisfies Record<TurnCode, true>) as readonly TurnCode[];

/**
 * Reason for which a turn failed: an error of its agent, its time limit, a result that is invalid or cannot be
 * stored, a result that would exceed `maxHistory`, workers that died or were stopped too often, a step whose outcome is
 * not known, a question that expired, or an agent that does not fit the turn's recording.
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
  /** What the agent threw, in the process of its run. */
  cause?: unknown;
}

/** A turn's end: what the store writes of it, and what facts, spans and webhooks say of it afterwards. */
export type TurnEnd = { outcome: 'completed'; result: TurnResult } | TurnFailure | { outcome: 'cancelled' };

/** The end of a run, which is its turn's end unless the turn goes on. */
export type RunEnd =
  | Exclude<TurnEnd, { outcome: 'cancelled' }>
  /** The turn waits for answers. */
  | { outcome: 'interrupted'; interrupts: NewInterrupt[] }
  /** The turn goes back to the queue. */
  | { outcome: 'requeued'; reason: RequeueReason }
  /** The turn has ended elsewhere or belongs to another run, so that nothing is written. */
  | { outcome: 'lost' };

/** What clients read as the code of a turn that failed. */
export function codeOf(reason: TurnFailureReason): TurnCode {
  return reason === 'worker_stopped' ? 'worker_lost' : reason;
}
