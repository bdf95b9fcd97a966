import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, consumerOptions, producerOptions } from '../../src/queue/redis/bull-connections.js';
import { closeQueue } from '../../src/queue/redis/bull-lifecycle.js';
import { type TurnJob, TurnProcessor } from '../../src/queue/turn.processor.js';
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
  let queue: Queue<TurnJob>;
  let processor: TurnProcessor | undefined;
  let made: Queue[];

  beforeEach(async () => {
    redis = await RedisServer.create();
    await redis.start();
    proxy = await TcpProxy.to(redis.url);
    made = [];
    processor = undefined;
  });
  afterEach(async () => {
    for (const client of made.flatMap(({ clients }) => clients)) client.disconnect();
    await Promise.all([proxy.close(), redis.stop()]);
  });

  function make(options: typeof consumerOptions): Queue<TurnJob> {
    const { hostname, port } = new URL(proxy.url);
    const one = new Bull<TurnJob>(
      'closed',
      options('closed', { redis: { host: hostname, port: Number(port) } }),
    );
    one.on('error', () => undefined);
    made.push(one);
    return one;
  }

  function consume(): TurnProcessor {
    queue = make(consumerOptions);
    processor = new TurnProcessor(queue, () => undefined);
    processor.start(2, () => Promise.resolve());
    return processor;
  }

  function produce(): void {
    queue = make(producerOptions);
    clientOf(queue);
  }

  const isReady = () =>
    until(() => queue.clients.every(({ status }) => status === 'ready'), { what: 'Redis to be connected' });

  async function expectClosed(): Promise<void> {
    const begun = performance.now();
    await (processor ? processor.close() : closeQueue(queue));
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
    const consumer = consume();
    await isReady();
    await consumer.pause();
    const producer = make(producerOptions);
    await until(() => producer.add({ turnId: 'turn' }).catch(() => undefined), { what: 'a job to be added' });
    await sleep(500);
    expect(await producer.getWaitingCount()).toBe(1);
    await closeQueue(producer);
    await expectClosed();
  }, 20_000);

  it.each([
    {
      name: 'producer',
      begin: () => {
        produce();
      },
    },
    { name: 'consumer', begin: () => consume() },
  ])(
    'as a $name ends in time where Redis is silent',
    async ({ begin }) => {
      begin();
      await isReady();
      proxy.stall();
      await processor?.pause();
      await expectClosed();
    },
    20_000,
  );

  it.each([
    {
      name: 'producer',
      begin: () => {
        produce();
      },
    },
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
