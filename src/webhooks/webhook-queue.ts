import type { WorkQueue } from '../queue/work-queue.js';

/** Injection token of the {@link WebhookQueue}. */
export const WEBHOOK_QUEUE = Symbol.for('nestjs-agent-sessions:webhook-queue');

/** Wakes a worker for the delivery that a turn has left. */
export type WebhookQueue = WorkQueue;
