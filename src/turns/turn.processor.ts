import { Injectable } from '@nestjs/common';

import type { WorkProcessor } from '../queue/work-queue.js';
import { TurnWorker } from './turn-worker.js';

/** What a job of the queue says: no more than which turn to look at. */
export interface TurnJob {
  turnId: string;
}

/**
 * The queue's consumer. It is attached by the queue itself and not by a `@Processor` decorator, since Nest would
 * start every decorated consumer that it finds, in processes that run no turns too.
 */
@Injectable()
export class TurnProcessor implements WorkProcessor<TurnJob> {
  constructor(private readonly worker: TurnWorker) {}

  /** Settles when the turn's run has ended or there was nothing to run; never rejects. */
  async process(job: { data: TurnJob }): Promise<void> {
    await this.worker.look(job.data.turnId);
  }
}
