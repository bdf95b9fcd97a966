import { Injectable } from '@nestjs/common';

import type { WorkProcessor } from '../queue/work-queue.js';
import type { WebhookJob } from './webhook-queue.js';
import { WebhookWorker } from './webhook-worker.js';

/** The queue's consumer, registered by the queue itself for the reason given in TurnProcessor. */
@Injectable()
export class WebhookProcessor implements WorkProcessor<WebhookJob> {
  constructor(private readonly worker: WebhookWorker) {}

  /** Settles when the deliveries have started, so that no receiver blocks the queue. Never rejects. */
  async process(job: { data: WebhookJob }): Promise<void> {
    await this.worker.look(job.data.turnId);
  }
}
