import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, consumerOptions, producerOptions } from '../../src/queue/redis/bull-connections.js';
import { closeQueue, onlyTakesJobs, takeNoMore } from '../../src/queue/redis/bull-lifecycle.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

/** How long Bull waits before it tries again, and a little more, in ms. */
const RETRIED_MS = 6_000;

/** How long a close may take, in ms. */
const CLOSED_MS = 2_500;

describe('a queue that is closed', () => {
  let redis: RedisServer;
  let proxy: TcpProxy;
  let queue: Queue;
  let made: Queue[];

  beforeEach(async () => {
    redis = await RedisServer.create();
    await redis.start();
    proxy = await TcpProxy.to(redis.url);
    made = [];
  });
  afterEach(async () => {
    for (const client of made.flatMap(({ clients }) => clients)) client.disconnect();
    await Promise.all([proxy.close(), redis.stop()]);
  });

  function make(options: typeof consumerOptions): Queue {
    const { hostname, port } = new URL(proxy.url);
    const one = new Bull('closed', options('closed', { redis: { host: hostname, port: Number(port) } }));
    one.on('error', () => undefined);
    made.push(one);
    return one;
  }

  function consume(): Queue {
    queue = make(consumerOptions);
    onlyTakesJobs(queue);
    queue.process(2, () => Promise.resolve()).catch(() => undefined);
    return queue;
  }

  function produce(): Queue {
    queue = make(producerOptions);
    clientOf(queue);
    return queue;
  }

  const isReady = () =>
    until(() => queue.clients.every(({ status }) => status === 'ready'), { what: 'Redis to be connected' });

  async function expectClosed(): Promise<void> {
    const begun = performance.now();
    await closeQueue(queue);
    expect(performance.now() - begun).toBeLessThan(CLOSED_MS);
    // What Bull does later on its own must open nothing again.
    await sleep(RETRIED_MS);
    expect(queue.clients.filter(({ status }) => !['end', 'reconnecting'].includes(status))).toEqual([]);
    expect(proxy.open).toBe(0);
  }

  it('before it has reached Redis makes no connection later', async () => {
    proxy.delay(50);
    consume();
    await expectClosed();
  }, 20_000);

  it('while its first command is under way makes no connection later', async () => {
    consume();
    await isReady();
    proxy.delay(100);
    await queue.client.ping();
    await expectClosed();
  }, 20_000);

  it('after it was paused takes nothing more', async () => {
    consume();
    await isReady();
    await takeNoMore(queue);
    const producer = make(producerOptions);
    await until(() => producer.add({}).catch(() => undefined), { what: 'a job to be added' });
    await sleep(500);
    expect(await producer.getWaitingCount()).toBe(1);
    await closeQueue(producer);
    await expectClosed();
  }, 20_000);

  it.each([
    { name: 'producer', begin: () => produce() },
    { name: 'consumer', begin: () => consume() },
  ])(
    'as a $name ends in time where Redis is silent',
    async ({ begin }) => {
      begin();
      await isReady();
      proxy.stall();
      if (queue.clients.length > 1) await takeNoMore(queue);
      await expectClosed();
    },
    20_000,
  );

  it.each([
    { name: 'producer', begin: () => produce() },
    { name: 'consumer', begin: () => consume() },
  ])(
    'as a $name ends in time where Redis is dead',
    async ({ begin }) => {
      begin();
      await isReady();
      await redis.kill();
      proxy.cut();
      await expectClosed();
    },
    20_000,
  );
});
