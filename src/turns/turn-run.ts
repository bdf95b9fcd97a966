import type { ChatMessage } from '../messages/chat-message.js';

/** One run of a turn. The attempt is the fence: a write with an older one changes nothing. */
export interface TurnRun {
  turnId: string;
  sessionId: string;
  attempt: number;
}

/** A run that began with its turn's acceptance and whose agent is about to be called. */
export interface BeginningRun extends TurnRun {
  /** Whether its history is wanted. */
  readsHistory: boolean;
}

/** The database's report on runs. The row of a run in neither list is locked by a transaction. */
export interface Holding {
  /** The turns that the runs still hold. */
  held: string[];
  /** The turns that have ended or that another run has claimed. */
  lost: string[];
}

/** The same report on runs that begin. */
export interface Beginning extends Holding {
  /** By turn: the histories that are wanted and small enough to come with the report. */
  histories: Map<string, ChatMessage[]>;
}

/** The lease of a running turn that has expired, or expires soon unless it is renewed. */
export interface ExpiringLease {
  turnId: string;
  attempt: number;
  /** On the database's clock, in microseconds. */
  leaseUntil: string;
}

/** A run whose worker is silent. */
export interface LostRun extends TurnRun {
  /** The owner of the session, if it has one. */
  owner?: string;
  /** Present if the turn has a webhook. */
  hasWebhook?: true;
  /** Number of lost runs of the turn, this one included. */
  lostRuns: number;
}

/** The outcome of a lost run for its turn. */
export interface ReclaimedRun extends LostRun {
  /** The reason for which the turn has failed; undefined if it was requeued. */
  error?: string;
}
