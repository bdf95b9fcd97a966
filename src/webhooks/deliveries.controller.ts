import { Controller, Get, HttpCode, Param, Post, Req, type Type } from '@nestjs/common';

import { AnswersAsTheyAre } from '../http/as-they-are.js';
import type { HttpRequest } from '../http/http-exchange.js';
import { scopeOfRequest } from '../owners/request-scope.js';
import { deliveriesDocs } from './deliveries.docs.js';
import { DeliveriesService } from './deliveries.service.js';
import type { Delivery, RedeliveryAccepted } from './delivery.js';

/** Makes the deliveries controller of one module. `path` is that of the sessions. */
export function createDeliveriesController(path: string): Type<unknown> {
  const docs = deliveriesDocs(path);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(`${path}/:session_id/deliveries`)
  class DeliveriesController {
    constructor(private readonly deliveries: DeliveriesService) {}

    @Get()
    @docs.list
    async list(@Req() request: HttpRequest, @Param('session_id') sessionId: string): Promise<Delivery[]> {
      return this.deliveries.list(sessionId, scopeOfRequest(request));
    }

    @Post(':delivery_id/redeliver')
    @HttpCode(202)
    @docs.redeliver
    async redeliver(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @Param('delivery_id') deliveryId: string,
    ): Promise<RedeliveryAccepted> {
      return this.deliveries.redeliver(sessionId, deliveryId, scopeOfRequest(request));
    }
  }
  return DeliveriesController;
}
