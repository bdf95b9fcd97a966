import { Inject, Injectable } from '@nestjs/common';

import { DeliveryNotFoundException } from '../exceptions/index.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../sessions.options.js';
import { canonicalUuid } from '../sessions/session-id.js';
import type { SessionCallOptions } from '../sessions/session-calls.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { Delivery, RedeliveryAccepted } from './delivery.js';
import { DELIVERY_STORE, type DeliveryStore } from './delivery.store.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from './webhook-queue.js';

/** What has become of a session's webhooks. */
@Injectable()
export class DeliveriesService {
  constructor(
    private readonly sessions: SessionsService,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    @Inject(WEBHOOK_QUEUE) private readonly queue: WebhookQueue,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /** Oldest first. Throws SessionNotFoundException. */
  async list(sessionId: string, options: Pick<SessionCallOptions, 'owner'> = {}): Promise<Delivery[]> {
    const { session_id: id } = await this.sessions.get(sessionId, options);
    return this.deliveries.list(id);
  }

  /**
   * Delivers again, under the same `webhook-id` and with all attempts of the schedule ahead. Throws
   * SessionNotFoundException, DeliveryNotFoundException.
   */
  async redeliver(
    sessionId: string,
    deliveryId: string,
    options: Pick<SessionCallOptions, 'owner'> = {},
  ): Promise<RedeliveryAccepted> {
    const { session_id: session } = await this.sessions.get(sessionId, options);
    const id = canonicalUuid(deliveryId);
    const { allowPrivateAddresses } = this.options.webhooks;
    const turnId =
      id === undefined ? undefined : await this.deliveries.redeliver(session, id, allowPrivateAddresses);
    if (id === undefined || turnId === undefined) throw new DeliveryNotFoundException(deliveryId);
    this.queue.ring({ turnId });
    return { delivery_id: id, status: 'pending' };
  }
}
