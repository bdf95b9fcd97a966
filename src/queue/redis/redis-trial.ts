import type { Queue } from 'bull';

import { clientOf } from './bull-connections.js';

/**
 * Does on keys of its own what adding a job does, and publishes to those who listen, as one script. PING would tell
 * nothing: it is also answered by a replica, with a full memory, and to a user who may do nothing else.
 */
const SCRIPT = `
redis.call('HMSET', KEYS[1], 'data', '{}')
redis.call('LPUSH', KEYS[2], '1')
redis.call('DEL', KEYS[1], KEYS[2])
return redis.call('PUBLISH', ARGV[1], '')
`;

/** Where the processes of a module notify each other. */
export function notificationsChannel(queue: Queue): string {
  return queue.toKey('notifications');
}

/** Rejects unless Redis does what the module needs. */
export async function tryRedis(queue: Queue): Promise<void> {
  const keys = [queue.toKey('trial-job'), queue.toKey('trial-list')];
  await clientOf(queue).eval(SCRIPT, keys.length, ...keys, notificationsChannel(queue));
}
