/** What the stores need to know of the module's options. Times are in milliseconds. */
export interface StoreSettings {
  /** The module's name: stores see the rows of that module only. */
  module: string;
  sessionTtl?: number;
  maxSessions?: number;
  lease: number;
  maxAttempts: number;
  /** Bytes. */
  maxHistory: number;
}

/** How long a request waits for rows or a connection that somebody else holds, in milliseconds. */
export const LOCK_TIMEOUT = 2_000;

/** How long one statement may take, waiting for a connection included, in milliseconds: requests have 10 s. */
export const STATEMENT_DEADLINE = 8_000;

/** How large a piece of a history or of a list of turns is read at once, in bytes, one message or turn at least. */
export const BATCH_BYTES = 4 * 1024 * 1024;

/** How many messages are read at once. */
export const BATCH_MESSAGES = 1_000;

/** The largest history that comes with the claim of a turn, in bytes: a larger one is read in batches. */
export const CLAIMED_HISTORY_BYTES = 1024 * 1024;

/** The same of a history that comes with a turn's acceptance, whose answer waits for it. */
export const ACCEPTED_HISTORY_BYTES = 64 * 1024;
export const ACCEPTED_HISTORY_MESSAGES = 200;

/**
 * The number of lost runs of a turn whose first run began with its acceptance, until its worker has written that it
 * calls the agent: the loss of such a run makes it 0.
 */
export const NOT_CALLED_YET = -1;

/**
 * How many runs a turn may have at most before the loss of one in a process of its own counts: such a run is not the
 * cause of its worker's death, but a turn must end.
 */
export function maxIsolatedRuns(maxAttempts: number): number {
  return 3 * maxAttempts;
}

/** Stands for the worker of a run that is in a process of its own. */
export const OWN_PROCESS = '00000000-0000-0000-0000-000000000000';
