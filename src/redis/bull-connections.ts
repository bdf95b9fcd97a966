import type { BullRootModuleOptions } from '@nestjs/bull';
import type { Queue, QueueOptions } from 'bull';

import { withDeadline } from '../timing/timers.js';

/** A connection to Redis, as Bull makes it. */
export type RedisClient = Queue['client'];

/** How long to wait for Redis when letting go of it, in ms. */
const CLOSE_TIME = 1_000;

/** Pauses between attempts to reach Redis: soon at first, at most two seconds. */
const retryStrategy = (times: number): number => Math.min(times * 100, 2_000);

/**
 * Commands fail at once while Redis is away, and after a time while it does not answer.
 *
 * The ready check keeps ioredis from taking a connection for ready that was closed while it was being set up, as
 * by a proxy whose Redis is away: it would never connect again.
 */
const FAIL_FAST = {
  enableOfflineQueue: false,
  enableReadyCheck: true,
  maxRetriesPerRequest: 1,
  commandTimeout: 2_000,
  retryStrategy,
};

/** What turns a connection that fails fast into one that waits for Redis as long as it takes. */
export const PATIENT = { enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined };

/** Options of a queue that only adds jobs, on the host's connection settings. */
export function producerOptions(
  name: string,
  shared: BullRootModuleOptions = {},
): QueueOptions & { name: string } {
  const { url, redis } = sharedConnection(shared);
  return { name, skipVersionCheck: true, url, redis: { ...redis, ...FAIL_FAST } } as QueueOptions & {
    name: string;
  };
}

/**
 * Options of a queue that only takes jobs, on the host's connection settings. Bull allows it no ready check; what
 * that is for cannot happen to a connection whose commands are never given up.
 */
export function consumerOptions(
  name: string,
  shared: BullRootModuleOptions = {},
): QueueOptions & { name: string } {
  const { url, redis } = sharedConnection(shared);
  const patient = { retryStrategy, ...redis, ...PATIENT };
  return { name, skipVersionCheck: true, url, redis: patient } as QueueOptions & {
    name: string;
  };
}

/** The host gives Redis as a URL or as options; Bull takes options beside a URL only if that stands apart. */
function sharedConnection(shared: BullRootModuleOptions): { url?: string; redis?: object } {
  const { url, redis } = shared as { url?: string; redis?: string | object };
  return typeof redis === 'string' ? { url: redis } : { url, redis };
}

/**
 * Closes a queue in bounded time. Bull's own `close` waits for ever while Redis is away, so that after a while
 * its connections are cut.
 */
export async function closeQueue(queue: Queue): Promise<void> {
  try {
    await withDeadline(queue.close(true), CLOSE_TIME);
  } catch {
    for (const client of queue.clients) client.disconnect();
  }
}

/** Keeps Nest from closing a queue on its own: it would wait without a limit. */
export function closedByUs(queue: Queue): void {
  Object.assign(queue, { onApplicationShutdown: () => undefined });
}

/**
 * Lets an app stop before it has reached Redis. Bull gives its connection a name once there is one, and nobody
 * catches it if that fails; the process would end there.
 */
export function forgivesLackOfName(queue: Queue): void {
  const named = queue as unknown as { setWorkerName: () => Promise<unknown> };
  const setWorkerName = named.setWorkerName.bind(queue);
  named.setWorkerName = () => setWorkerName().catch(() => undefined);
}

/** A queue's connection for other commands than Bull's. It connects on first use. */
export function clientOf(queue: Queue): RedisClient {
  return queue.client;
}
