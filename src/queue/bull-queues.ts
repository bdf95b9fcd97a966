import { invalidOption, type SessionsOptionsError } from '../options/sessions-options.error.js';
import type { BullQueueEnds } from './bull-work-queue.js';

/** Injection token of the {@link BullQueues}; nothing is provided under it if Bull is not installed. */
export const BULL_QUEUES = Symbol.for('nestjs-agent-sessions:bull-queues');

/** The two Bull queues of one module. */
export interface BullQueues {
  /** Whether the host has a BullModule configuration; without one Bull would look for Redis at its default address. */
  isConfigured: boolean;
  turns: BullQueueEnds;
  webhooks: BullQueueEnds;
}

/** The error for the queue `bull` if the host has no BullModule configuration. */
export function bullIsNotConfigured(): SessionsOptionsError {
  return invalidOption(
    'queue',
    'is "bull", the default, which needs BullModule.forRoot({ redis: … }) in the application; ' +
      'without Redis, for development or a single process, set queue: "in-process"',
  );
}
