import { Injectable } from '@nestjs/common';

import type { WorkProcessor } from '../queue/work-queue.js';
import type { WebhookJob } from './webhook-queue.js';
import { WebhookWorker } from './webhook-worker.js';

/** The queue's consumer, attached by the queue itself for the reason that TurnProcessor gives. */
@Injectable()
export class WebhookProcessor implements WorkProcessor<WebhookJob> {
  constructor(private readonly worker: WebhookWorker) {}

  /** Settles when the deliveries are taken in hand, so that no receiver keeps the queue; never rejects. */
  async process(job: { data: WebhookJob }): Promise<void> {
    await this.worker.look(job.data.turnId);
  }
}
