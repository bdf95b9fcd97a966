import type { WorkQueue } from '../queue/work-queue.js';
import type { TurnJob } from './turn.processor.js';

/** Injection token of the {@link TurnQueue}. */
export const TURN_QUEUE = Symbol.for('nestjs-agent-sessions:turn-queue');

/** Tells some worker that a turn is queued. */
export type TurnQueue = WorkQueue<TurnJob>;
