import { Inject, Injectable } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';

import { TURN_QUEUE, type TurnQueue } from './turn-queue.js';
import { TurnWorker } from './turn-worker.js';

/**
 * How long a turn may wait for a slot of this process before other processes are notified, in ms. Turns that end
 * quickly cost Redis nothing so, and a longer one reaches a free process before a person would notice.
 */
const LOCAL_SLOT_WAIT_MS = 100;

/** Gets an accepted turn going: in this process if it soon has a free slot, else by way of the queue. */
@Injectable()
export class TurnDispatcher {
  /** Where turns run: in no request's AsyncLocalStorage, because most run in other processes or after restarts. */
  private readonly outside = new AsyncResource('TurnDispatcher');

  constructor(
    private readonly worker: TurnWorker,
    @Inject(TURN_QUEUE) private readonly queue: TurnQueue,
  ) {}

  /**
   * Never throws and never waits; call it when the turn is committed. The agent starts after the work at hand, so
   * that an answer about the turn is on its way whatever the agent computes before its first `await`.
   */
  dispatch(turnId: string): void {
    this.outside.runInAsyncScope(() => {
      setImmediate(() => {
        void this.start(turnId);
      });
    });
  }

  private async start(turnId: string): Promise<void> {
    const hadSlot = await this.worker.run(turnId, LOCAL_SLOT_WAIT_MS);
    if (!hadSlot) this.queue.notify(turnId);
  }
}
