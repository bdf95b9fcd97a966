import type { QueueOptions } from 'bull';

import { clientOf, consumerOptions } from '../../queue/redis/bull-connections.js';
import { closeQueue } from '../../queue/redis/bull-lifecycle.js';
import { tlsTo } from '../../queue/redis/server-name.js';
import { withDeadline } from '../../timing/timers.js';
import { CommandFailure, oneLine } from '../failure.js';
import { missingPackage } from './missing-package.js';

/** Time limit for Redis to respond at start. */
const REDIS_TIMEOUT_MS = 3_000;

/** Errors of Redis that a retry does not change. */
const REFUSAL = /\b(WRONGPASS|NOAUTH|NOPERM|ERR)\b/;

type RedisOptions = Exclude<QueueOptions['redis'], string | undefined>;

/** Bull's settings for a Redis URL. Bull itself would ignore that `rediss:` requires TLS. */
export function redisSettings(url: string): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: port === '' ? 6379 : Number(port),
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    db: Number(pathname.slice(1)) || 0,
    ...(protocol === 'rediss:' ? { tls: tlsTo(host) } : {}),
  };
}

/** Throws a CommandFailure if Redis does not respond. */
export async function checkRedis(settings: RedisOptions): Promise<void> {
  const { default: Bull } = await import('bull').catch((error: unknown) => {
    throw missingPackage(error);
  });
  const queue = new Bull(
    'agent-sessions-check',
    consumerOptions('agent-sessions-check', { redis: settings }),
  );
  let lastError: Error | undefined;
  const refused = new Promise<never>((_resolve, reject) => {
    queue.on('error', (error) => {
      lastError = error;
      if (REFUSAL.test(error.message)) reject(error);
    });
  });
  try {
    await withDeadline(Promise.race([clientOf(queue).ping(), refused]), REDIS_TIMEOUT_MS);
  } catch (error) {
    const place = `Redis at ${settings.host}:${settings.port}`;
    const problem = oneLine(lastError ?? error);
    for (const client of queue.clients) client.disconnect();
    throw new CommandFailure(
      REFUSAL.test(problem) ? `${place} refuses: ${problem}` : `${place} does not answer: ${problem}`,
    );
  }
  await closeQueue(queue);
}
