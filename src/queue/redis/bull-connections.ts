import type { BullRootModuleOptions } from '@nestjs/bull';
import type { Queue, QueueOptions } from 'bull';

import { tlsTo } from './server-name.js';

/** A connection to Redis, as Bull makes it. */
export type RedisClient = Queue['client'];

/** The longest pause between attempts to connect, in ms. */
const MAX_PAUSE_MS = 2_000;

/** After so long without an attempt to connect the pauses begin small again, in ms. */
const CALM_MS = 10_000;

/**
 * A connection is ready as soon as it is made, in the same tick.
 *
 * ioredis's own ready check sends INFO, which a server or a user may lack. Without it ioredis must send nothing else
 * before the connection is ready, neither the client's name nor its version: it would wait for the answer, and take
 * a connection for ready that was closed meanwhile, as by a proxy whose Redis is away. It never reconnects then.
 */
const READY_AT_ONCE = { enableReadyCheck: false, disableClientInfo: true, connectionName: undefined };

/** Commands fail at once while Redis is away, and after a time while it does not answer. */
export const FAIL_FAST = {
  ...READY_AT_ONCE,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: 2_000,
};

/** What turns a connection that fails fast into one that waits for Redis as long as it takes. */
export const PATIENT = { enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined };

/** Options of a queue that only adds jobs, on the host's connection settings. */
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
 * Options of a queue that only takes jobs, on the host's connection settings. Bull allows it no ready check; what
 * that is for cannot happen to a connection whose commands are never given up.
 */
export function consumerOptions(
  name: string,
  shared: BullRootModuleOptions = {},
): QueueOptions & { name: string } {
  return queueOptions(name, shared, (redis) => ({ retryStrategy: reconnectDelays(), ...redis, ...PATIENT }));
}

function queueOptions(
  name: string,
  shared: BullRootModuleOptions,
  connection: (redis: object) => object,
): QueueOptions & { name: string } {
  const { url, redis } = sharedConnection(shared);
  return { name, skipVersionCheck: true, url, redis: connection(redis) } as QueueOptions & { name: string };
}

/** The host gives Redis as a URL or as options; Bull takes options beside a URL only if that stands apart. */
function sharedConnection(shared: BullRootModuleOptions): { url?: string; redis: object } {
  const given = shared as { url?: string; redis?: string | object };
  const { url, redis = {} } =
    typeof given.redis === 'string' ? { url: given.redis } : { url: given.url, redis: given.redis };
  // Bull does not see that `rediss:` asks for TLS.
  const tls = url?.startsWith('rediss:') && URL.canParse(url) ? { tls: tlsTo(new URL(url).hostname) } : {};
  return { url, redis: { ...tls, ...redis } };
}

/**
 * Pauses between attempts to connect: soon at first, at most two seconds. ioredis's own count begins anew with each
 * connection that is made, so that one which is refused at once, or closed, would be tried ten times a second.
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

/** A queue's connection for other commands than Bull's. It connects on first use. */
export function clientOf(queue: Queue): RedisClient {
  return queue.client;
}
