import { AsyncResource } from 'node:async_hooks';

import type { WorkQueue } from './work-queue.js';

/** Wakes the worker of this process, the only one, which keeps turns without a free slot in FIFO order. */
export class InProcessWorkQueue implements WorkQueue {
  readonly localWaitMs = undefined;

  /** The context of `handle`: no request's AsyncLocalStorage, as with notifications from Redis. */
  private readonly outside = new AsyncResource('InProcessWorkQueue');
  private handle: ((turnId: string) => Promise<void>) | undefined;

  notify(turnId: string): void {
    this.outside.runInAsyncScope(() => void this.handle?.(turnId));
  }

  /** The worker itself limits concurrency. */
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
