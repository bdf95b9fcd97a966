import type { WorkQueue } from '../queue/work-queue.js';

/** Injection token of the {@link WebhookQueue}. */
export const WEBHOOK_QUEUE = Symbol.for('nestjs-agent-sessions:webhook-queue');

/** What a job of the queue says: whose deliveries to look at, and nothing that is secret. */
export interface WebhookJob {
  turnId: string;
}

/** Tells some worker that a turn has left a delivery. */
export type WebhookQueue = WorkQueue<WebhookJob>;
