import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, type Type } from '@nestjs/common';

import { AnswersAsTheyAre } from '../as-they-are.js';
import { HttpExchange, type HttpRequest, type HttpResponse } from '../http-exchange.js';
import { type PageQuery, PageQueryDto } from '../page-query.dto.js';
import { scopeOfRequest } from '../request-scope.js';
import { QueryPipe } from '../pipes.js';
import { deliveriesDocs } from './deliveries.docs.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import type { Delivery, RedeliveryAccepted } from '../../webhooks/delivery.js';

/** Creates the deliveries controller of one module. `path` is that of the sessions. */
export function createDeliveriesController(path: string): Type<unknown> {
  const docs = deliveriesDocs(path);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(`${path}/:session_id/deliveries`)
  class DeliveriesController {
    constructor(
      private readonly sessions: SessionsService,
      private readonly http: HttpExchange,
    ) {}

    @Get()
    @docs.list
    async list(
      @Param('session_id') sessionId: string,
      @Query(new QueryPipe(PageQueryDto)) query: PageQuery,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<Delivery[]> {
      const { deliveries, next } = await this.sessions.deliveryPage(sessionId, {
        ...query,
        ...scopeOfRequest(request),
      });
      if (next !== undefined) this.http.linkNext(request, response, { limit: query.limit, after: next });
      return deliveries;
    }

    @Post(':delivery_id/redeliver')
    @HttpCode(202)
    @docs.redeliver
    async redeliver(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @Param('delivery_id') deliveryId: string,
    ): Promise<RedeliveryAccepted> {
      return this.sessions.redeliver(sessionId, deliveryId, scopeOfRequest(request));
    }
  }
  return DeliveriesController;
}
