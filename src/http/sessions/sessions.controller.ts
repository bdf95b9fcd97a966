import {
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  type Type,
} from '@nestjs/common';

import { IDEMPOTENCY_KEY } from '../openapi/api-docs.js';
import { AnswersAsTheyAre } from '../as-they-are.js';
import { checkClientState } from '../client-rules.js';
import { HttpExchange, type HttpRequest, type HttpResponse, withoutSegments } from '../http-exchange.js';
import { RequestBody } from '../request-body.js';
import { scopeOfRequest } from '../request-scope.js';
import { BodyPipe, QueryPipe } from '../pipes.js';
import { decodeCursor, encodeCursor } from './list-cursor.js';
import { CreateSessionDto } from '../../sessions/create-session.dto.js';
import { ListSessionsQueryDto, WaitQueryDto } from './session-queries.dto.js';
import type { Session, SessionSummary } from '../../sessions/session.js';
import { sessionsDocs } from './sessions.docs.js';
import type { CreateSessionRequest } from '../../sessions/session-calls.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import { SessionsService } from '../../sessions/sessions.service.js';

/** Typed as interfaces: Nest then emits no parameter class, so a global ValidationPipe skips them. */
type WaitQuery = Pick<WaitQueryDto, 'wait' | 'timeout'>;
type ListQuery = Pick<ListSessionsQueryDto, 'limit' | 'cursor' | 'status'>;

/**
 * Creates the sessions controller of one module: a separate class per module, because one class cannot have two
 * paths.
 */
export function createSessionsController(path: string, customIds: boolean): Type<unknown> {
  const docs = sessionsDocs(path, customIds);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(path)
  class SessionsController {
    constructor(
      private readonly sessions: SessionsService,
      private readonly http: HttpExchange,
      @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
    ) {}

    @Post()
    @HttpCode(201)
    @docs.create
    async create(
      @RequestBody(new BodyPipe(CreateSessionDto, { optional: true })) body: CreateSessionRequest,
      @Headers(IDEMPOTENCY_KEY) idempotencyKey: string | undefined,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<Session> {
      checkClientState(body.state, this.options.clients);
      const session = await this.sessions.create(body, { ...scopeOfRequest(request), idempotencyKey });
      this.http.setHeader(response, 'Location', `${this.http.path(request)}/${session.session_id}`);
      return session;
    }

    @Put(':session_id')
    @HttpCode(201)
    @docs.put
    async put(
      @Param('session_id') sessionId: string,
      @RequestBody(new BodyPipe(CreateSessionDto, { optional: true })) body: CreateSessionRequest,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<Session> {
      checkClientState(body.state, this.options.clients);
      const session = await this.sessions.put(sessionId, body, scopeOfRequest(request));
      const sessions = withoutSegments(this.http.path(request), 1);
      this.http.setHeader(response, 'Location', `${sessions}/${session.session_id}`);
      return session;
    }

    @Get()
    @docs.list
    async list(
      @Query(new QueryPipe(ListSessionsQueryDto)) query: ListQuery,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<SessionSummary[]> {
      const { limit, status } = query;
      const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
      const scope = scopeOfRequest(request);
      const { sessions, next } = await this.sessions.page({ limit, status, after }, scope);
      if (next) this.http.linkNext(request, response, { status, limit, cursor: encodeCursor(next) });
      return sessions;
    }

    @Get(':session_id')
    @docs.get
    async get(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @Query(new QueryPipe(WaitQueryDto)) { wait, timeout }: WaitQuery,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<Session> {
      const scope = scopeOfRequest(request);
      if (!wait) return this.sessions.get(sessionId, scope);
      const milliseconds = timeout === undefined ? undefined : timeout * 1000;
      return this.sessions.get(sessionId, {
        ...scope,
        wait,
        timeout: milliseconds,
        signal: this.http.hangUp(response),
      });
    }

    @Delete(':session_id')
    @HttpCode(204)
    @docs.delete
    async delete(@Req() request: HttpRequest, @Param('session_id') sessionId: string): Promise<void> {
      await this.sessions.delete(sessionId, scopeOfRequest(request));
    }
  }
  return SessionsController;
}
