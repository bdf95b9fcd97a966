import { withDeadline } from '../../timing/timers.js';
import { FAIL_FAST, RETRY_FOREVER, reconnectDelays, type RedisClient } from './bull-connections.js';
import { disconnect } from './bull-lifecycle.js';

/** Time limit for the last commands when a connection is closed. */
const QUIT_TIME_MS = 1_000;

/**
 * Two connections, to publish and to subscribe, because Redis allows no other commands on a connection that
 * subscribes.
 */
export interface RedisPair {
  /** Fails fast, so that no request waits during a Redis outage. */
  publisher: RedisClient;
  /** Waits for Redis without a limit. */
  subscriber: RedisClient;
}

/** Creates connections with the settings of another one, but independent of it. They connect at once. */
export function connectLike(client: RedisClient): RedisPair {
  return {
    publisher: client.duplicate({ ...FAIL_FAST, retryStrategy: reconnectDelays() }),
    // ioredis would resubscribe by itself without handling a rejection; an unhandled `NOAUTH` would crash the
    // process.
    subscriber: client.duplicate({
      ...RETRY_FOREVER,
      retryStrategy: reconnectDelays(),
      autoResubscribe: false,
    }),
  };
}

/** Closes both once pending publishes are sent, in limited time. Never rejects. */
export async function closePair({ publisher, subscriber }: RedisPair): Promise<void> {
  const quit = withDeadline(publisher.quit(), QUIT_TIME_MS).catch(() => undefined);
  await Promise.all([quit.then(() => disconnect(publisher)), disconnect(subscriber)]);
}
