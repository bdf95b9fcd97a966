import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, type Type } from '@nestjs/common';

import { CancelRequestDto } from '../../sessions/cancel-request.dto.js';
import type { TurnCancelled } from '../../sessions/session-calls.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import type { TurnRecord } from '../../turns/turn.js';
import { AnswersAsTheyAre } from '../as-they-are.js';
import { HttpExchange, type HttpRequest, type HttpResponse } from '../http-exchange.js';
import { type PageQuery, PageQueryDto } from '../page-query.dto.js';
import { BodyPipe, QueryPipe } from '../pipes.js';
import { RequestBody } from '../request-body.js';
import { scopeOfRequest } from '../request-scope.js';
import { type WaitQuery, WaitQueryDto } from '../wait-query.dto.js';
import { turnsDocs } from './turns.docs.js';

/** An interface, for which Nest emits no parameter class, so that a global ValidationPipe skips the body. */
type CancelRequest = Pick<CancelRequestDto, 'turn_id'>;

/** Creates the turns controller of one module. `path` is that of the sessions. */
export function createTurnsController(path: string): Type<unknown> {
  const docs = turnsDocs(path);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(`${path}/:session_id`)
  class TurnsController {
    constructor(
      private readonly sessions: SessionsService,
      private readonly http: HttpExchange,
    ) {}

    @Get('turns')
    @docs.list
    async list(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @Query(new QueryPipe(PageQueryDto)) { limit, after }: PageQuery,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<TurnRecord[]> {
      const scope = scopeOfRequest(request);
      const { turns, next } = await this.sessions.turnPage(sessionId, { ...scope, limit, after });
      if (next !== undefined) this.http.linkNext(request, response, { limit, after: next });
      return turns;
    }

    @Get('turns/:turn_id')
    @docs.get
    async get(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @Param('turn_id') turnId: string,
      @Query(new QueryPipe(WaitQueryDto)) query: WaitQuery,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<TurnRecord> {
      const waiting = this.http.waiting(query, response);
      return this.sessions.turn(sessionId, turnId, { ...scopeOfRequest(request), ...waiting });
    }

    @Post('cancel')
    @HttpCode(202)
    @docs.cancel
    async cancel(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @RequestBody(new BodyPipe(CancelRequestDto, { optional: true })) body: CancelRequest,
    ): Promise<TurnCancelled> {
      return this.sessions.cancel(sessionId, body, scopeOfRequest(request));
    }
  }
  return TurnsController;
}
