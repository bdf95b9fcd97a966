import { inMicroseconds } from './columns.js';

/** The module options that the stores need. Times are in milliseconds. */
export interface StoreSettings {
  /** The module's name: stores see the rows of that module only. */
  module: string;
  sessionTtl?: number;
  maxSessions?: number;
  lease: number;
  maxAttempts: number;
  /** Bytes. */
  maxHistory: number;
  /** How long a question may be pending that has no limit of its own. */
  interruptTtl?: number;
  /** Recorded with what runs record. */
  agentVersion?: string;
}

/** The lifetime of sessions as statements take it: in microseconds, null without a limit. */
export function ttlOf({ sessionTtl }: StoreSettings): number | null {
  return sessionTtl === undefined ? null : inMicroseconds(sessionTtl);
}

/** How long a request waits for rows or a connection that another transaction holds. */
export const LOCK_TIMEOUT_MS = 2_000;

/** Deadline of one statement, the wait for a connection included: requests have 10 s. */
export const STATEMENT_DEADLINE_MS = 8_000;

/** Maximum size of a batch of a history or of turns, with at least one message or turn. */
export const BATCH_BYTES = 4 * 1024 * 1024;

/** Maximum number of messages in a batch. */
export const BATCH_MESSAGES = 1_000;

/** Maximum size of a history that a claim returns: a larger one is read in batches. */
export const CLAIMED_HISTORY_BYTES = 1024 * 1024;

/**
 * The number of lost runs of a turn whose first run started with its acceptance, until its worker has recorded that
 * it calls the agent: the loss of such a run makes it 0.
 */
export const NOT_CALLED_YET = -1;

/**
 * The number of runs of a turn after which the loss of an isolated run counts: such a run is not the cause of its
 * worker's death, but a turn must end.
 */
export function maxIsolatedRuns(maxAttempts: number): number {
  return 3 * maxAttempts;
}

/** The worker id of a run in a child process. */
export const OWN_PROCESS = '00000000-0000-0000-0000-000000000000';

/**
 * How old a count of sessions has to be to be compared with the sessions again, in microseconds: while the limit is
 * reached, once a minute.
 */
export const RECOUNT_AFTER_US = inMicroseconds(60_000);
