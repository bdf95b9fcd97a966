import type { WorkQueue } from '../queue/work-queue.js';

/** Injection token of the {@link WebhookQueue}. */
export const WEBHOOK_QUEUE = Symbol.for('nestjs-agent-sessions:webhook-queue');

/** A wake-up job: the turn whose deliveries are due. It contains no secrets. */
export interface WebhookJob {
  turnId: string;
}

/** Wakes a worker for the deliveries of a turn. */
export type WebhookQueue = WorkQueue<WebhookJob>;
