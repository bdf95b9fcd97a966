import { describe, expect, it } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { setTimeout as sleep } from 'node:timers/promises';

import { clientOf, consumerOptions, producerOptions } from '../../src/queue/redis/bull-connections.js';
import { closeQueue } from '../../src/queue/redis/bull-lifecycle.js';
import { type TurnJob, TurnProcessor } from '../../src/queue/turn.processor.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

/** Longer than Bull's retry pause, in ms. */
const RETRIED_MS = 6_000;

/** Time limit of a close, in ms. */
const CLOSED_MS = 2_500;

/** A queue on a separate Redis, which the test may stop. */
class Subject {
  queue!: Queue<TurnJob>;
  processor: TurnProcessor | undefined;
  private readonly made: Queue[] = [];

  private constructor(
    readonly redis: RedisServer,
    readonly proxy: TcpProxy,
  ) {}

  static async create(): Promise<Subject> {
    const redis = await RedisServer.create();
    await redis.start();
    return new Subject(redis, await TcpProxy.to(redis.url));
  }

  consume(): void {
    this.queue = this.make(consumerOptions);
    this.processor = new TurnProcessor(this.queue, () => undefined);
    this.processor.start(2, () => Promise.resolve());
  }

  produce(): void {
    this.queue = this.make(producerOptions);
    clientOf(this.queue);
  }

  make(options: typeof consumerOptions): Queue<TurnJob> {
    const { hostname, port } = new URL(this.proxy.url);
    const queue = new Bull<TurnJob>(
      'closed',
      options('closed', { redis: { host: hostname, port: Number(port) } }),
    );
    queue.on('error', () => undefined);
    this.made.push(queue);
    return queue;
  }

  async ready(): Promise<void> {
    const isReady = () => this.queue.clients.every(({ status }) => status === 'ready');
    await until(isReady, { what: 'Redis to be connected' });
  }

  async expectClosed(): Promise<void> {
    const begun = performance.now();
    await (this.processor ? this.processor.close() : closeQueue(this.queue));
    expect(performance.now() - begun).toBeLessThan(CLOSED_MS);
    // Retries of Bull must not open a connection again.
    await sleep(RETRIED_MS);
    expect(this.queue.clients.filter(({ status }) => !['end', 'reconnecting'].includes(status))).toEqual([]);
    expect(this.proxy.open).toBe(0);
  }

  async remove(): Promise<void> {
    for (const client of this.made.flatMap(({ clients }) => clients)) client.disconnect();
    await Promise.all([this.proxy.close(), this.redis.stop()]);
  }
}

/** A test with its own subject, which can run concurrently with others because it mostly waits. */
function withSubject(test: (subject: Subject) => Promise<void>): () => Promise<void> {
  return async () => {
    const subject = await Subject.create();
    try {
      await test(subject);
    } finally {
      await subject.remove();
    }
  };
}

const kinds = [
  {
    kind: 'producer',
    begin: (subject: Subject) => {
      subject.produce();
    },
  },
  {
    kind: 'consumer',
    begin: (subject: Subject) => {
      subject.consume();
    },
  },
];

describe('a queue that is closed', () => {
  it.concurrent(
    'before it has reached Redis makes no connection later',
    withSubject(async (subject) => {
      subject.proxy.delay(50);
      subject.consume();
      await subject.expectClosed();
    }),
  );

  it.concurrent(
    'during its first command makes no connection later',
    withSubject(async (subject) => {
      subject.consume();
      await subject.ready();
      subject.proxy.delay(100);
      await subject.queue.client.ping();
      await subject.expectClosed();
    }),
  );

  it.concurrent(
    'after a pause takes no more jobs',
    withSubject(async (subject) => {
      subject.consume();
      await subject.ready();
      await subject.processor?.pause();
      const producer = subject.make(producerOptions);
      await until(() => producer.add({ turnId: 'turn' }).catch(() => undefined), {
        what: 'a job to be added',
      });
      await sleep(500);
      expect(await producer.getWaitingCount()).toBe(1);
      await closeQueue(producer);
      await subject.expectClosed();
    }),
  );

  for (const { kind, begin } of kinds) {
    it.concurrent(
      `as a ${kind} ends in time if Redis is silent`,
      withSubject(async (subject) => {
        begin(subject);
        await subject.ready();
        subject.proxy.stall();
        await subject.processor?.pause();
        await subject.expectClosed();
      }),
    );

    it.concurrent(
      `as a ${kind} ends in time if Redis is dead`,
      withSubject(async (subject) => {
        begin(subject);
        await subject.ready();
        await subject.redis.kill();
        subject.proxy.cut();
        await subject.expectClosed();
      }),
    );
  }
});
