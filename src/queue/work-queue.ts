/** Who is told when the bell rings. */
export interface WorkProcessor<Job> {
  /** Settles when the work is done or there was none; never rejects. */
  process(job: { data: Job }): Promise<void>;
}

/**
 * The bell: it tells some worker to look at something. The database decides what the worker finds there, so a
 * ring may be lost, doubled or late and nothing goes wrong but the clock.
 */
export interface WorkQueue<Job extends object> {
  /** Never throws and never waits. A job says no more than where to look. */
  ring(job: Job): void;
  /** From now on hands jobs to the processor, no more than `concurrency` at once. */
  consume(concurrency: number, processor: WorkProcessor<Job>): void;
  /** Hands out nothing more. In bounded time. */
  pause(): Promise<void>;
  /** Lets go of all connections, in bounded time. */
  close(): Promise<void>;
  /** Whether the queue's server answers; undefined where there is none. In bounded time. */
  isUp(): Promise<boolean | undefined>;
}
