import type { Provider } from '@nestjs/common';

import { DeliveriesService } from '../../webhooks/deliveries.service.js';
import { DeliveryRunner } from '../../webhooks/delivery-runner.js';
import { NameResolver } from '../../webhooks/name-resolver.js';
import { WebhookWorker } from '../../webhooks/webhook-worker.js';

/** Delivering webhooks. */
export const webhooksProviders: Provider[] = [
  WebhookWorker,
  DeliveryRunner,
  { provide: NameResolver, useFactory: () => new NameResolver() },
  DeliveriesService,
];
