import { AsyncResource } from 'node:async_hooks';

import type { WorkProcessor, WorkQueue } from './work-queue.js';

/** Rings within the process. The processor itself sees to how much is done at once. */
export class InProcessWorkQueue<Job extends object> implements WorkQueue<Job> {
  /** Where jobs are processed: in no request's AsyncLocalStorage, as those that come from Redis. */
  private readonly outside = new AsyncResource('InProcessWorkQueue');
  private processor: WorkProcessor<Job> | undefined;

  ring(job: Job): void {
    this.outside.runInAsyncScope(() => void this.processor?.process({ data: job }));
  }

  consume(_concurrency: number, processor: WorkProcessor<Job>): void {
    this.processor = processor;
  }

  pause(): Promise<void> {
    this.processor = undefined;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.pause();
  }

  isUp(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
