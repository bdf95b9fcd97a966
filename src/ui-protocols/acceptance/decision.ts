import type { SessionInterrupt } from '../../interrupts/interrupt.js';
import type { TurnStatus } from '../../turns/turn.js';

/** An answer to an interrupt. */
export interface Answer {
  interruptId: string;
  value: unknown;
}

/** A turn that a request is about. */
export interface KnownTurn {
  turnId: string;
  status: TurnStatus;
  /** The client's id of the run that started it. */
  runId?: string | undefined;
}

/** What the server knows of the session that a request names. */
export interface Standing {
  /** The unfinished turn. */
  open?: KnownTurn | undefined;
  /** The questions that are pending. */
  interrupts: readonly SessionInterrupt[];
  /** The last turn that the last user message of the request has started. */
  asked?: KnownTurn | undefined;
}

/** What is to be done with a request of a UI protocol. */
export type Decision =
  | { do: 'resume'; turnId: string; answers: Answer[] }
  /** A person has abandoned a question that is no approval: the turn is cancelled. */
  | { do: 'cancel'; turnId: string }
  | { do: 'send'; after?: KnownTurn }
  /** The turn is shown from its beginning, and as it goes on. */
  | { do: 'show'; turnId: string }
  /** The turn waits for answers. */
  | { do: 'wait'; turnId: string }
  /** The turn has failed or was cancelled. */
  | { do: 'report'; turnId: string }
  /** There is nothing to do: the history is all that there is. */
  | { do: 'nothing' }
  | { do: 'refuse'; why: Refusal };

/** Why a request is refused. */
export type Refusal = 'busy' | 'answers_missing' | 'nothing_answered' | 'cannot_regenerate';

export function isRunning(turn: KnownTurn | undefined): turn is KnownTurn {
  return turn?.status === 'queued' || turn?.status === 'running';
}

export function hasFailed({ status }: KnownTurn): boolean {
  return status === 'failed' || status === 'cancelled';
}

/** What shows a session's present state. */
export function present({ open }: Standing): Decision {
  if (!open) return { do: 'nothing' };
  return { do: isRunning(open) ? 'show' : 'wait', turnId: open.turnId };
}
