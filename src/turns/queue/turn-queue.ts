import type { TurnProcessor } from '../turn.processor.js';

/** Injection token of the {@link TurnQueue}. */
export const TURN_QUEUE = Symbol.for('nestjs-agent-sessions:turn-queue');

/**
 * The bell: it tells some worker to look at a turn. The database decides what the worker finds there, so a ring
 * may be lost, doubled or late and nothing goes wrong but the clock.
 */
export interface TurnQueue {
  /** Never throws and never waits. */
  ring(turnId: string): void;
  /** From now on hands rung turns to the processor, no more than `concurrency` at once. */
  consume(concurrency: number, processor: TurnProcessor): void;
  /** Hands out nothing more. In bounded time. */
  pause(): Promise<void>;
  /** Lets go of all connections, in bounded time. */
  close(): Promise<void>;
  /** Whether the queue's server answers; undefined where there is none. In bounded time. */
  isUp(): Promise<boolean | undefined>;
}
