import { Inject, Injectable } from '@nestjs/common';

import { DeliveryNotFoundException, SessionNotFoundException } from '../exceptions/index.js';
import { scopeOf } from '../owners/owner.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { canonicalUuid } from '../validation/session-id.js';
import type { RedeliveryAccepted } from './delivery.js';
import { DELIVERY_STORE, type DeliveryPage, type DeliveryStore } from './delivery.store.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from './webhook-queue.js';

/** Default number of deliveries in a page. */
const DEFAULT_PAGE = 100;

/** An id that no delivery has. */
const NO_DELIVERY = '00000000-0000-0000-0000-000000000000';

/** A session's webhook deliveries. */
@Injectable()
export class DeliveriesService {
  constructor(
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    @Inject(WEBHOOK_QUEUE) private readonly queue: WebhookQueue,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  /**
   * The deliveries in the order of the session's turns, beginning after the turn with the number `after`. Throws
   * SessionNotFoundException.
   */
  async page(
    sessionId: string,
    options: Pick<SessionCallOptions, 'owner'> & { limit?: number; after?: number } = {},
  ): Promise<DeliveryPage> {
    const id = canonicalUuid(sessionId);
    const { limit = DEFAULT_PAGE, after } = options;
    const page = id && (await this.deliveries.list(scopeOf(options), id, { limit, after }));
    if (!page) throw new SessionNotFoundException(sessionId);
    return page;
  }

  /**
   * Delivers again, under the same `webhook-id` and with the full schedule of attempts. Throws
   * SessionNotFoundException, DeliveryNotFoundException.
   */
  async redeliver(
    sessionId: string,
    deliveryId: string,
    options: Pick<SessionCallOptions, 'owner'> = {},
  ): Promise<RedeliveryAccepted> {
    const session = canonicalUuid(sessionId);
    if (session === undefined) throw new SessionNotFoundException(sessionId);
    const id = canonicalUuid(deliveryId) ?? NO_DELIVERY;
    const { allowPrivateAddresses } = this.options.webhooks;
    const again = await this.deliveries.redeliver(scopeOf(options), session, { id, allowPrivateAddresses });
    switch (again.outcome) {
      case 'session_not_found':
        throw new SessionNotFoundException(sessionId);
      case 'delivery_not_found':
        throw new DeliveryNotFoundException(deliveryId);
      case 'due':
        this.queue.notify(again.turnId);
        return { delivery_id: id, status: 'pending' };
    }
  }
}
