/**
 * Wake-up queue. A notification carries the id of a turn to some process, as a hint that there may be work; the
 * database decides. A notification may be lost, duplicated or late, which only costs time.
 */
export interface WorkQueue {
  /**
   * How long work may wait for a free slot of this process before the queue wakes other processes; undefined if it
   * reaches no other process.
   */
  readonly localWaitMs: number | undefined;
  /** Wakes a worker for this turn. Never throws and never waits. */
  notify(turnId: string): void;
  /**
   * Calls `handle` for each notification from now on, at most `concurrency` times at a time. `handle` settles when
   * its worker can take the next turn, and never rejects.
   */
  consume(concurrency: number, handle: (turnId: string) => Promise<void>): void;
  /** Stops calling `handle`. In limited time. */
  pause(): Promise<void>;
  /** Closes all connections, in limited time. */
  close(): Promise<void>;
  /** Whether the queue's server responds; undefined if the queue has no server. In limited time. */
  isUp(): Promise<boolean | undefined>;
}
