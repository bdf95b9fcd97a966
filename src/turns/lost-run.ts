import type { TurnRun } from './turn-run.js';

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

/** The lease of a running turn that has expired, or expires soon unless it is renewed. */
export interface ExpiringLease {
  turnId: string;
  attempt: number;
  /** On the database's clock, in microseconds. */
  leaseUntil: string;
}
