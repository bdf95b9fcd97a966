import type { Queue } from 'bull';
import { setImmediate } from 'node:timers/promises';

import { settleWithin, withDeadline } from '../../timing/timers.js';
import type { RedisClient } from './bull-connections.js';

/** How long to wait for Redis when letting go of it, in ms. */
const CLOSE_TIME_MS = 1_000;

/** How long a connection may take to be gone once its socket is destroyed, in ms. */
const GONE_TIME_MS = 500;

/** What we need of Bull's queue beside its public methods. Bull 4 is complete; these do not change any more. */
export interface BullInternals {
  bclient: RedisClient;
  bclientInitialized: boolean;
  registeredEvents: Record<string, Promise<unknown>>;
  errorRetryTimer?: Record<string, NodeJS.Timeout>;
  updateDelayTimer: () => Promise<void>;
  setWorkerName: () => Promise<unknown>;
}

/** A queue with what Bull's types leave out. */
export const bullInternals = (queue: Queue): BullInternals => queue as unknown as BullInternals;

/** Keeps Nest from closing a queue on its own: it would wait without a limit. */
export function closedByUs(queue: Queue): void {
  Object.assign(queue, { onApplicationShutdown: () => undefined });
}

/** Bull takes its own listener away when a queue is closed, and ioredis prints an error that has none. */
export function containErrors(client: RedisClient): void {
  client.on('error', () => undefined);
}

/**
 * Closes a queue in bounded time. Bull's own `close` waits for ever while Redis is away, so that after a while
 * its connections are cut.
 */
export async function closeQueue(queue: Queue): Promise<void> {
  const bull = bullInternals(queue);
  bull.bclientInitialized = false;
  await withDeadline(queue.close(true), CLOSE_TIME_MS).catch(() => undefined);
  await Promise.all(queue.clients.map(disconnect));
  // What fails by that may start a timer to try again.
  await setImmediate();
  for (const timer of Object.values(bull.errorRetryTimer ?? {})) clearTimeout(timer);
}

/** Cuts a connection in any state, in bounded time. Never rejects. */
export async function disconnect(client: RedisClient): Promise<void> {
  const { status } = client;
  if (status === 'end') return;
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  client.disconnect();
  // Between two attempts to connect there is nothing to end but the pause, and no event tells of it.
  if (status === 'reconnecting') return;
  // It would else wait for the other side, which may be silent.
  (client as { stream?: { destroy?: () => void } }).stream?.destroy?.();
  await settleWithin([ended], GONE_TIME_MS);
}
