import type { WorkQueue } from '../queue/work-queue.js';

/** Injection token of the {@link TurnQueue}. */
export const TURN_QUEUE = Symbol.for('nestjs-agent-sessions:turn-queue');

/** Wakes a worker for a turn that is queued. */
export type TurnQueue = WorkQueue;
