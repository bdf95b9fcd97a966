/**
 * Wakes workers: it carries the id of a turn to some process that may have something to do for it. The database decides
 * what is done, so a notification may be lost, repeated or late, and all that costs is time.
 */
export interface WorkQueue {
  /** Wakes a worker for this turn. Never throws and never waits. */
  notify(turnId: string): void;
  /**
   * From now on calls `handle` for each notification, at most `concurrency` times at once. `handle` settles when its
   * worker can take the next turn, and never rejects.
   */
  consume(concurrency: number, handle: (turnId: string) => Promise<void>): void;
  /** Calls `handle` no more. In bounded time. */
  pause(): Promise<void>;
  /** Closes all connections, in bounded time. */
  close(): Promise<void>;
  /** Whether the queue's server answers; undefined if the queue has no server. In bounded time. */
  isUp(): Promise<boolean | undefined>;
}
