import { Inject, Injectable } from '@nestjs/common';

import { TURN_QUEUE, type TurnQueue } from './queue/turn-queue.js';
import { TurnWorker } from './turn-worker.js';

/** Gets an accepted turn going: in this process if it has a free slot, else by way of the queue. */
@Injectable()
export class TurnDispatcher {
  constructor(
    private readonly worker: TurnWorker,
    @Inject(TURN_QUEUE) private readonly queue: TurnQueue,
  ) {}

  /** Never throws and never waits; call it when the turn is committed. */
  dispatch(turnId: string): void {
    if (!this.worker.offer(turnId)) this.queue.ring(turnId);
  }
}
