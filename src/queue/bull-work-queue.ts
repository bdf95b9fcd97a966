import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { BestEffort } from './redis/best-effort.js';
import { clientOf } from './redis/bull-connections.js';
import { closedByUs, closeQueue, containErrors } from './redis/bull-lifecycle.js';
import type { RedisWatch } from './redis/redis-watch.js';
import { type TurnJob, TurnProcessor } from './turn.processor.js';
import type { WorkQueue } from './work-queue.js';

/** The producer and consumer of a Bull queue, each with its own connection. In Redis they are one queue. */
export interface BullQueueEnds {
  /** Adds jobs. Fails fast, so that no request waits during a Redis outage. */
  producer: Queue<TurnJob>;
  /** Takes jobs. It waits for Redis, because one failed renewal would end Bull's lock on a job for good. */
  consumer: Queue<TurnJob>;
}

/** Wakes workers of all processes through Bull. */
export class BullWorkQueue implements WorkQueue {
  /** So short turns cost no Redis command, and a longer one reaches a free process before a person would notice. */
  readonly localWaitMs = 100;

  private readonly logger = new Logger(BullWorkQueue.name);
  private readonly producer: Queue<TurnJob>;
  private readonly processor: TurnProcessor;
  private readonly additions: BestEffort;
  private stopping = false;

  constructor(
    { producer, consumer }: BullQueueEnds,
    private readonly watch: RedisWatch,
  ) {
    this.producer = producer;
    this.processor = new TurnProcessor(consumer, (error) => {
      this.failed(error);
    });
    this.additions = new BestEffort({
      failed: (error) => {
        this.failed(error);
      },
      dropped: (count) => {
        this.logger.warn(
          `${count} jobs were not added, since Redis is too slow; the sweeper finds their work`,
        );
      },
    });
    closedByUs(producer);
    producer.on('error', (error) => {
      this.failed(error);
    });
    // Connects now, because a producer that fails fast would otherwise lose its first notification.
    containErrors(clientOf(producer));
  }

  notify(turnId: string): void {
    this.additions.attempt(() =>
      this.producer.add({ turnId }, { removeOnComplete: true, removeOnFail: true }),
    );
  }

  consume(concurrency: number, handle: (turnId: string) => Promise<void>): void {
    this.processor.start(concurrency, handle);
  }

  async pause(): Promise<void> {
    this.stopping = true;
    await this.processor.pause();
  }

  async close(): Promise<void> {
    this.stopping = true;
    await Promise.all([closeQueue(this.producer), this.processor.close()]);
  }

  isUp(): Promise<boolean> {
    return this.watch.isUp();
  }

  /** Errors of connections that are being closed are ignored. */
  private failed(error: unknown): void {
    if (!this.stopping) this.watch.failed(error);
  }
}
