import type { Queue } from 'bull';

import { clientOf } from './bull-connections.js';

/**
 * Executes the commands that adding a job needs, on separate keys, and a publish, as one script. PING is not
 * sufficient: it also succeeds on a read-only replica, with full memory, and for a user without other rights.
 */
const SCRIPT = `
redis.call('HMSET', KEYS[1], 'data', '{}')
redis.call('LPUSH', KEYS[2], '1')
redis.call('DEL', KEYS[1], KEYS[2])
return redis.call('PUBLISH', ARGV[1], '')
`;

/** The channel for notifications between the processes of a module. */
export function notificationsChannel(queue: Queue): string {
  return queue.toKey('notifications');
}

/** Rejects unless Redis executes the commands that the module needs. */
export async function tryRedis(queue: Queue): Promise<void> {
  const keys = [queue.toKey('trial-job'), queue.toKey('trial-list')];
  await clientOf(queue).eval(SCRIPT, keys.length, ...keys, notificationsChannel(queue));
}
