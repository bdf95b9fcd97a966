import {
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
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
import { encodeCursor } from './list-cursor.js';
import { type ParsedQuery, readListRequest } from './list-request.js';
import { metadataParameters } from './metadata-query.js';
import { CreateSessionDto } from '../../sessions/create-session.dto.js';
import { type WaitQuery, WaitQueryDto } from '../wait-query.dto.js';
import { type Session, type SessionSummary, withoutOwner } from '../../sessions/session.js';
import { UpdateSessionDto } from '../../sessions/update-session.dto.js';
import { sessionsDocs } from './sessions.docs.js';
import type { CreateSessionRequest } from '../../sessions/session-calls.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import { SessionsService } from '../../sessions/sessions.service.js';

/** An interface, for which Nest emits no parameter class, so that a global ValidationPipe skips the body. */
type UpdateRequest = Pick<UpdateSessionDto, 'metadata'>;

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
      return withoutOwner(session);
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
      return withoutOwner(session);
    }

    @Get()
    @docs.list
    async list(
      @Query() query: ParsedQuery,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<SessionSummary[]> {
      const page = readListRequest(query, this.http.query(request));
      const { sessions, next } = await this.sessions.page(page, scopeOfRequest(request));
      if (next) {
        const { limit, status, order, metadata } = page;
        const cursor = encodeCursor(next, order ?? 'created');
        const parameters = { status, order, ...metadataParameters(metadata), limit, cursor };
        this.http.linkNext(request, response, parameters);
      }
      return sessions.map(withoutOwner);
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
      const waiting = this.http.waiting({ wait, timeout }, response);
      return withoutOwner(await this.sessions.get(sessionId, { ...scope, ...waiting }));
    }

    @Patch(':session_id')
    @docs.update
    async update(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @RequestBody(new BodyPipe(UpdateSessionDto)) body: UpdateRequest,
    ): Promise<Session> {
      return withoutOwner(await this.sessions.update(sessionId, body, scopeOfRequest(request)));
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
