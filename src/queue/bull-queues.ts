import type { BullQueueEnds } from './bull-work-queue.js';

/** Injection token of the {@link BullQueues}; nothing is provided under it if Bull is not installed. */
export const BULL_QUEUES = Symbol.for('nestjs-agent-sessions:bull-queues');

/** The two Bull queues of one module. */
export interface BullQueues {
  turns: BullQueueEnds;
  webhooks: BullQueueEnds;
}
