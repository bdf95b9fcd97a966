import { Inject, Injectable } from '@nestjs/common';

import { DeliveryNotFoundException, SessionNotFoundException } from '../exceptions/index.js';
import { scopeOf } from '../owners/owner.js';
import { AfterCommit } from '../transactions/after-commit.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { canonicalUuid } from '../validation/session-id.js';
import type { DeliveryRange, RedeliveryAccepted } from './delivery.js';
import { DELIVERY_STORE, type DeliveryPage, type DeliveryStore } from './delivery.store.js';
import { WEBHOOK_QUEUE, type WebhookQueue } from './webhook-queue.js';

/** Default number of deliveries in a page. */
const DEFAULT_PAGE = 100;

/** An id that no delivery has. */
const NO_DELIVERY = '00000000-0000-0000-0000-000000000000';

/** The part of SessionsService for webhook deliveries. */
@Injectable()
export class DeliveriesService {
  constructor(
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
    private readonly afterCommit: AfterCommit,
    @Inject(WEBHOOK_QUEUE) private readonly queue: WebhookQueue,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async page(sessionId: string, options: SessionCallOptions & DeliveryRange = {}): Promise<DeliveryPage> {
    const id = canonicalUuid(sessionId);
    const { limit = DEFAULT_PAGE, after } = options;
    const page = id && (await this.deliveries.list(scopeOf(options), id, { limit, after }, options.manager));
    if (!page) throw new SessionNotFoundException(sessionId);
    return page;
  }

  async redeliver(
    sessionId: string,
    deliveryId: string,
    options: SessionCallOptions = {},
  ): Promise<RedeliveryAccepted> {
    const session = canonicalUuid(sessionId);
    if (session === undefined) throw new SessionNotFoundException(sessionId);
    const id = canonicalUuid(deliveryId) ?? NO_DELIVERY;
    const { allowPrivateAddresses } = this.options.webhooks;
    const delivery = { id, allowPrivateAddresses };
    const again = await this.deliveries.redeliver(scopeOf(options), session, delivery, options.manager);
    switch (again.outcome) {
      case 'session_not_found':
        throw new SessionNotFoundException(sessionId);
      case 'delivery_not_found':
        throw new DeliveryNotFoundException(deliveryId);
      case 'due':
        this.afterCommit.run(options.manager, () => {
          this.queue.notify(again.turnId);
        });
        return { delivery_id: id, status: 'pending' };
    }
  }
}
