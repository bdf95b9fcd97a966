/** What the stores need to know of the module's options. Times are in milliseconds. */
export interface StoreSettings {
  /** The module's name: stores see the rows of that module only. */
  module: string;
  sessionTtl?: number;
  maxSessions?: number;
  lease: number;
  maxAttempts: number;
}

/** How long a request waits for rows or a connection that somebody else holds, in milliseconds. */
export const LOCK_TIMEOUT = 2_000;
