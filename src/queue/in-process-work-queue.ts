import { AsyncResource } from 'node:async_hooks';

import type { WorkQueue } from './work-queue.js';

/**
 * Wakes the worker of this process, which is the only one. For turns it serves those that found no free slot: they wait
 * here, in the order in which they came, until the worker has one.
 */
export class InProcessWorkQueue implements WorkQueue {
  /** Where `handle` is called: in no request's AsyncLocalStorage, as with notifications that come from Redis. */
  private readonly outside = new AsyncResource('InProcessWorkQueue');
  private handle: ((turnId: string) => Promise<void>) | undefined;

  notify(turnId: string): void {
    this.outside.runInAsyncScope(() => void this.handle?.(turnId));
  }

  /** The worker itself limits how much runs at once. */
  consume(_concurrency: number, handle: (turnId: string) => Promise<void>): void {
    this.handle = handle;
  }

  pause(): Promise<void> {
    this.handle = undefined;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.pause();
  }

  isUp(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
