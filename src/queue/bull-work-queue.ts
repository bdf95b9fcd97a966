import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { BestEffort } from './redis/best-effort.js';
import { clientOf } from './redis/bull-connections.js';
import { closedByUs, closeQueue, containErrors, onlyTakesJobs, takeNoMore } from './redis/bull-lifecycle.js';
import type { RedisWatch } from './redis/redis-watch.js';
import type { WorkProcessor, WorkQueue } from './work-queue.js';

/**
 * The bell on Bull. Its producer fails fast, so that nothing waits for a Redis that is away; its consumer is
 * patient, since one failed renewal would end Bull's lock on a job for good.
 */
export class BullWorkQueue<Job extends object> implements WorkQueue<Job> {
  private readonly logger = new Logger(BullWorkQueue.name);
  private readonly rings: BestEffort;
  private consuming = false;
  private stopping = false;

  constructor(
    private readonly producer: Queue<Job>,
    private readonly consumer: Queue<Job>,
    private readonly watch: RedisWatch,
  ) {
    this.rings = new BestEffort({
      failed: (error) => {
        this.failed(error);
      },
      dropped: (count) => {
        this.logger.warn(
          `${count} jobs were not added, since Redis is too slow; the sweeper finds their work`,
        );
      },
    });
    for (const queue of [producer, consumer]) {
      closedByUs(queue);
      queue.on('error', (error) => {
        this.failed(error);
      });
    }
    // Connects, since a producer that fails fast would lose its first ring otherwise.
    containErrors(clientOf(producer));
  }

  ring(job: Job): void {
    this.rings.attempt(() => this.producer.add(job, { removeOnComplete: true, removeOnFail: true }));
  }

  consume(concurrency: number, processor: WorkProcessor<Job>): void {
    this.consuming = true;
    onlyTakesJobs(this.consumer);
    this.consumer
      .process(concurrency, (job) => processor.process(job))
      .catch((error: unknown) => {
        // A process that stops before it has reached Redis lacks nothing.
        if (this.stopping) return;
        this.logger.error(`Bull has stopped handing out work; the sweeper goes on: ${String(error)}`);
      });
  }

  async pause(): Promise<void> {
    this.stopping = true;
    if (this.consuming) await takeNoMore(this.consumer);
  }

  async close(): Promise<void> {
    this.stopping = true;
    await Promise.all([closeQueue(this.producer), this.consuming ? closeQueue(this.consumer) : undefined]);
  }

  isUp(): Promise<boolean> {
    return this.watch.isUp();
  }

  /** Failures of connections that are being closed are no news. */
  private failed(error: unknown): void {
    if (!this.stopping) this.watch.failed(error);
  }
}
