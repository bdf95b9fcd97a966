import type { BullRootModuleOptions } from '@nestjs/bull';
import type { Queue, QueueOptions } from 'bull';

import { tlsTo } from './server-name.js';

/** A connection to Redis, as Bull creates it. */
export type RedisClient = Queue['client'];

/** The longest pause between attempts to connect. */
const MAX_PAUSE_MS = 2_000;

/** After this time without an attempt to connect, the pauses start small again. */
const CALM_MS = 10_000;

/**
 * A connection is ready as soon as it is established, in the same tick.
 *
 * ioredis's own ready check sends INFO, which a server or user may not support. Without it ioredis must send nothing
 * else before the connection is ready, neither the client's name nor its version: it would wait for the response, and
 * treat a connection as ready that was closed meanwhile, for example by a proxy whose Redis is down. It never
 * reconnects then.
 */
const READY_AT_ONCE = { enableReadyCheck: false, disableClientInfo: true, connectionName: undefined };

/** Commands fail at once while Redis is down, and after a time-out while it does not respond. */
export const FAIL_FAST = {
  ...READY_AT_ONCE,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: 2_000,
};

/** Options that turn a fail-fast connection into one that retries for ever. */
export const RETRY_FOREVER = {
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
};

/** Options of a queue that only adds jobs, based on the host's connection settings. */
export function producerOptions(
  name: string,
  shared: BullRootModuleOptions = {},
): QueueOptions & { name: string } {
  return queueOptions(name, shared, (redis) => ({
    ...redis,
    ...FAIL_FAST,
    retryStrategy: reconnectDelays(),
  }));
}

/**
 * Options of a queue that only takes jobs, based on the host's connection settings. Bull forbids a ready check here;
 * the failure that it prevents cannot happen to a connection whose commands are retried for ever.
 */
export function consumerOptions(
  name: string,
  shared: BullRootModuleOptions = {},
): QueueOptions & { name: string } {
  return queueOptions(name, shared, (redis) => ({
    retryStrategy: reconnectDelays(),
    ...redis,
    ...RETRY_FOREVER,
  }));
}

function queueOptions(
  name: string,
  shared: BullRootModuleOptions,
  connection: (redis: object) => object,
): QueueOptions & { name: string } {
  const { url, redis } = sharedConnection(shared);
  return { name, skipVersionCheck: true, url, redis: connection(redis) } as QueueOptions & { name: string };
}

/** The host configures Redis by a URL or by options; Bull accepts options beside a URL only as a separate argument. */
function sharedConnection(shared: BullRootModuleOptions): { url?: string; redis: object } {
  const given = shared as { url?: string; redis?: string | object };
  const { url, redis = {} } =
    typeof given.redis === 'string' ? { url: given.redis } : { url: given.url, redis: given.redis };
  // Bull ignores that `rediss:` requires TLS.
  const tls = url?.startsWith('rediss:') && URL.canParse(url) ? { tls: tlsTo(new URL(url).hostname) } : {};
  return { url, redis: { ...tls, ...redis } };
}

/**
 * Pauses between attempts to connect: short at first, at most two seconds. ioredis's own counter restarts with each
 * established connection, so a connection that is refused or closed at once would be retried ten times a second.
 */
export function reconnectDelays(): () => number {
  let attempts = 0;
  let last = -Infinity;
  return () => {
    const now = performance.now();
    attempts = now - last > CALM_MS ? 1 : attempts + 1;
    last = now;
    return Math.min(attempts * 100, MAX_PAUSE_MS);
  };
}

/** A queue's connection for commands other than Bull's. It connects on first use. */
export function clientOf(queue: Queue): RedisClient {
  return queue.client;
}
