import type { DataSource, EntitySubscriberInterface } from 'typeorm';

import { TryAgainException } from '../../exceptions/index.js';
import { LOCK_TIMEOUT_MS } from '../database.options.js';

/** The pause before the next attempt to get the connection; doubles up to the longest one. */
const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 32;

/** How long waiting work may occupy the event loop at a time. */
const SLICE_MS = 20;

interface Waiter {
  attempt: () => void;
  reject: (error: unknown) => void;
  deadline: number;
}

/**
 * Synchronous work on the connection, in FIFO order. Work that throws TryAgainException waits until its deadline, and
 * later work waits behind it.
 */
export class WaitingLine {
  private readonly waiters: Waiter[] = [];
  private isWatching = false;
  private pause = SHORTEST_PAUSE_MS;

  /** A host may start its next transaction so soon after the last one that no timer runs in between. */
  private readonly subscriber: EntitySubscriberInterface = {
    afterTransactionCommit: () => {
      this.advance();
    },
    afterTransactionRollback: () => {
      this.advance();
    },
  };

  constructor(private readonly dataSource: DataSource) {}

  /** Makes the first attempt at once, before it returns, unless other work waits. */
  run<T>(attempt: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiter: Waiter = {
        attempt: () => {
          resolve(attempt());
        },
        reject,
        deadline: performance.now() + LOCK_TIMEOUT_MS,
      };
      if (this.waiters.length === 0 && isSettled(waiter)) return;
      this.waiters.push(waiter);
      this.watch();
    });
  }

  /** Runs all work that can run now. */
  private advance(): void {
    const end = performance.now() + SLICE_MS;
    while (this.waiters[0] && performance.now() < end) {
      if (!isSettled(this.waiters[0])) {
        this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
        return;
      }
      this.waiters.shift();
      this.pause = SHORTEST_PAUSE_MS;
    }
  }

  private watch(): void {
    if (this.isWatching) return;
    this.isWatching = true;
    this.pause = SHORTEST_PAUSE_MS;
    this.dataSource.subscribers.push(this.subscriber);
    this.lookLater();
  }

  private lookLater(): void {
    setTimeout(() => {
      this.advance();
      if (this.waiters.length > 0) this.lookLater();
      else this.stopWatching();
    }, this.pause);
  }

  /** Not while TypeORM calls its subscribers, because it would skip one of them. */
  private stopWatching(): void {
    this.isWatching = false;
    const { subscribers } = this.dataSource;
    const index = subscribers.indexOf(this.subscriber);
    if (index >= 0) subscribers.splice(index, 1);
  }
}

/** Whether an attempt has ended the wait, with a result or an error. */
function isSettled(waiter: Waiter): boolean {
  try {
    waiter.attempt();
  } catch (error) {
    if (error instanceof TryAgainException && performance.now() < waiter.deadline) return false;
    waiter.reject(error);
  }
  return true;
}
