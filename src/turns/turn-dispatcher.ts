import { Inject, Injectable } from '@nestjs/common';
import { AsyncResource } from 'node:async_hooks';

import { TURN_QUEUE, type TurnQueue } from './turn-queue.js';
import { TurnWorker } from './turn-worker.js';

/** Starts an accepted turn: in this process if it has a free slot soon, otherwise through the queue. */
@Injectable()
export class TurnDispatcher {
  /**
   * The context of turns: no request's AsyncLocalStorage, because most turns run in other processes or after
   * restarts.
   */
  private readonly outside = new AsyncResource('TurnDispatcher');

  constructor(
    private readonly worker: TurnWorker,
    @Inject(TURN_QUEUE) private readonly queue: TurnQueue,
  ) {}

  /**
   * Never throws and never waits; call it after the commit. The agent is called in a later tick, so that the answer
   * about the turn is sent even if the agent blocks before its first `await`.
   */
  dispatch(turnId: string): void {
    this.outside.runInAsyncScope(() => {
      setImmediate(() => {
        void this.start(turnId);
      });
    });
  }

  private async start(turnId: string): Promise<void> {
    const hadSlot = await this.worker.run(turnId, this.queue.localWaitMs);
    if (!hadSlot) this.queue.notify(turnId);
  }
}
