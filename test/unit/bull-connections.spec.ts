import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Bull, { type Queue } from 'bull';

import { consumerOptions, producerOptions } from '../../src/queue/redis/bull-connections.js';
import { closeQueue } from '../../src/queue/redis/bull-lifecycle.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

describe('a proxy that accepts connections while its Redis is down', () => {
  let redis: RedisServer;
  let proxy: TcpProxy;
  let queue: Queue;

  beforeEach(async () => {
    redis = await RedisServer.create();
    proxy = await TcpProxy.to(redis.url);
  });
  afterEach(async () => {
    await closeQueue(queue);
    await Promise.all([proxy.close(), redis.stop()]);
  });

  it.each([
    { name: 'producer', options: producerOptions },
    { name: 'consumer', options: consumerOptions },
  ])('does not keep a $name from Redis when that is up again', async ({ options }) => {
    const { hostname, port } = new URL(proxy.url);
    // The host's own settings make ioredis send commands before the connection is ready, and time out soon.
    const settings = { connectionName: 'host', maxRetriesPerRequest: 1 };
    queue = new Bull(
      'proxied',
      options('proxied', { redis: { host: hostname, port: Number(port), ...settings } }),
    );
    queue.on('error', () => undefined);
    let closed = 0;
    queue.client.on('close', () => closed++);

    await until(() => closed >= 2, { what: 'connections to be closed' });
    await redis.start();
    const answer = await until(() => queue.client.ping().catch(() => undefined), { what: 'Redis to answer' });
    expect(answer).toBe('PONG');
  });
});
