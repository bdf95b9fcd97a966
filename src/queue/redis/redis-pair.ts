import { withDeadline } from '../../timing/timers.js';
import { FAIL_FAST, PATIENT, reconnectDelays, type RedisClient } from './bull-connections.js';
import { disconnect } from './bull-lifecycle.js';

/** How long what was sent last may take to be answered when a connection is closed, in ms. */
const QUIT_TIME_MS = 1_000;

/** Two connections to publish and to subscribe; Redis allows a connection that subscribes nothing else. */
export interface RedisPair {
  /** Fails fast, so that nothing waits for a Redis that is away. */
  publisher: RedisClient;
  /** Waits for Redis, however long that takes. */
  subscriber: RedisClient;
}

/** Makes connections with the settings of another one, and independent of it. They connect at once. */
export function connectLike(client: RedisClient): RedisPair {
  return {
    publisher: client.duplicate({ ...FAIL_FAST, retryStrategy: reconnectDelays() }),
    // ioredis would subscribe again by itself and catch no error: `NOAUTH` would end the process.
    subscriber: client.duplicate({ ...PATIENT, retryStrategy: reconnectDelays(), autoResubscribe: false }),
  };
}

/** Closes both when what was published is sent, in bounded time. Never rejects. */
export async function closePair({ publisher, subscriber }: RedisPair): Promise<void> {
  const quit = withDeadline(publisher.quit(), QUIT_TIME_MS).catch(() => undefined);
  await Promise.all([quit.then(() => disconnect(publisher)), disconnect(subscriber)]);
}
