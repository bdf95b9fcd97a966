import type { Queue } from 'bull';
import { setImmediate } from 'node:timers/promises';

import { settleWithin, withDeadline } from '../../timing/timers.js';
import type { RedisClient } from './bull-connections.js';

/** Time limit for Redis when its connections are closed. */
const CLOSE_TIME_MS = 1_000;

/** Time limit for a connection to close once its socket is destroyed. */
const GONE_TIME_MS = 500;

/** The internals of Bull's queue that are used here. Bull 4 is complete; they do not change any more. */
export interface BullInternals {
  bclient: RedisClient;
  bclientInitialized: boolean;
  registeredEvents: Record<string, Promise<unknown>>;
  errorRetryTimer?: Record<string, NodeJS.Timeout>;
  updateDelayTimer: () => Promise<void>;
  setWorkerName: () => Promise<unknown>;
}

/** A queue with the properties that Bull's types omit. */
export const bullInternals = (queue: Queue): BullInternals => queue as unknown as BullInternals;

/** Keeps Nest from closing a queue by itself, because it would wait without a limit. */
export function closedByUs(queue: Queue): void {
  Object.assign(queue, { onApplicationShutdown: () => undefined });
}

/** Bull removes its own error listener when a queue is closed, and ioredis prints errors without a listener. */
export function containErrors(client: RedisClient): void {
  client.on('error', () => undefined);
}

/**
 * Closes a queue in limited time. Bull's own `close` waits for ever during a Redis outage, so its connections are
 * closed after a time limit.
 */
export async function closeQueue(queue: Queue): Promise<void> {
  const bull = bullInternals(queue);
  bull.bclientInitialized = false;
  await withDeadline(queue.close(true), CLOSE_TIME_MS).catch(() => undefined);
  await Promise.all(queue.clients.map(disconnect));
  // Commands that fail by that may start a retry timer.
  await setImmediate();
  for (const timer of Object.values(bull.errorRetryTimer ?? {})) clearTimeout(timer);
}

/** Closes a connection in any state, in limited time. Never rejects. */
export async function disconnect(client: RedisClient): Promise<void> {
  const { status } = client;
  if (status === 'end') return;
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  client.disconnect();
  // Between two attempts to connect there is only a timer to stop, and no event follows.
  if (status === 'reconnecting') return;
  // It would otherwise wait for the other side, which may be silent.
  (client as { stream?: { destroy?: () => void } }).stream?.destroy?.();
  await settleWithin([ended], GONE_TIME_MS);
}
