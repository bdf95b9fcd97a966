import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';

import { BestEffort } from '../redis/best-effort.js';
import { clientOf, closedByUs, closeQueue, forgivesLackOfName } from '../redis/bull-connections.js';
import { withDeadline } from '../timing/timers.js';
import type { WorkProcessor, WorkQueue } from './work-queue.js';

/** How long Redis may take to answer when asked whether it is there, or to pause, in ms. */
const ANSWER_TIME = 1_000;

/**
 * The bell on Bull. Its producer fails fast, so that nobody waits for a Redis that is away; its consumer is
 * patient, since one failed renewal would end Bull's lock on a job for good.
 */
export class BullWorkQueue<Job extends object> implements WorkQueue<Job> {
  private readonly logger = new Logger(BullWorkQueue.name);
  private readonly rings = new BestEffort((error) => {
    this.logger.warn(`Work waits for the sweeper, since Redis does not answer: ${String(error)}`);
  });
  private consuming = false;
  private stopping = false;
  private isReachable = true;

  constructor(
    private readonly producer: Queue<Job>,
    private readonly consumer: Queue<Job>,
  ) {
    for (const queue of [producer, consumer]) {
      closedByUs(queue);
      queue.on('error', (error) => {
        this.unreachable(error);
      });
    }
    // Connects, since a producer that fails fast would lose its first ring otherwise.
    clientOf(producer).on('ready', () => {
      if (!this.isReachable) this.logger.log('Redis answers');
      this.isReachable = true;
    });
  }

  ring(job: Job): void {
    this.rings.attempt(() => this.producer.add(job, { removeOnComplete: true, removeOnFail: true }));
  }

  consume(concurrency: number, processor: WorkProcessor<Job>): void {
    this.consuming = true;
    forgivesLackOfName(this.consumer);
    this.consumer
      .process(concurrency, (job) => processor.process(job))
      .catch((error: unknown) => {
        // A process that stops before it has reached Redis lacks nothing.
        if (this.stopping) return;
        this.logger.error(`Bull has stopped handing out work; the sweeper goes on: ${String(error)}`);
      });
  }

  async pause(): Promise<void> {
    if (!this.consuming) return;
    this.stopping = true;
    try {
      await withDeadline(this.consumer.pause(true, true), ANSWER_TIME);
    } catch (error) {
      this.logger.debug(`Bull could not be paused: ${String(error)}`);
    }
  }

  /** Said once, and not for each attempt to connect. */
  private unreachable({ message }: Error): void {
    if (this.isReachable && !this.stopping) {
      this.isReachable = false;
      this.logger.warn(`Redis does not answer, so work waits for the sweeper; still trying: ${message}`);
    } else this.logger.debug(`Redis: ${message}`);
  }

  async close(): Promise<void> {
    this.stopping = true;
    await Promise.all([closeQueue(this.producer), this.consuming ? closeQueue(this.consumer) : undefined]);
  }

  async isUp(): Promise<boolean> {
    try {
      await withDeadline(clientOf(this.producer).ping(), ANSWER_TIME);
      return true;
    } catch {
      return false;
    }
  }
}
