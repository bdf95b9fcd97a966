import { Controller, Get, HttpCode, Param, Post, type Type } from '@nestjs/common';

import { RequestScope } from '../owners/request-scope.js';
import type { SessionScope } from '../sessions/session.store.js';
import { deliveriesDocs } from './deliveries.docs.js';
import { DeliveriesService } from './deliveries.service.js';
import type { Delivery, RedeliveryAccepted } from './delivery.js';

/** Makes the deliveries controller of one module. `path` is that of the sessions. */
export function createDeliveriesController(path: string): Type<unknown> {
  const docs = deliveriesDocs(path);

  @docs.tag
  @Controller(`${path}/:session_id/deliveries`)
  class DeliveriesController {
    constructor(private readonly deliveries: DeliveriesService) {}

    @Get()
    @docs.list
    async list(
      @RequestScope() scope: SessionScope,
      @Param('session_id') sessionId: string,
    ): Promise<Delivery[]> {
      return this.deliveries.list(sessionId, scope);
    }

    @Post(':delivery_id/redeliver')
    @HttpCode(202)
    @docs.redeliver
    async redeliver(
      @RequestScope() scope: SessionScope,
      @Param('session_id') sessionId: string,
      @Param('delivery_id') deliveryId: string,
    ): Promise<RedeliveryAccepted> {
      return this.deliveries.redeliver(sessionId, deliveryId, scope);
    }
  }
  return DeliveriesController;
}
