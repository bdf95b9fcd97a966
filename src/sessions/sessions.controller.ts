import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  type Type,
} from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import {
  ApiErrors,
  ApiIdempotencyKey,
  ApiSessionId,
  IDEMPOTENCY_KEY,
  KEY_IN_PROGRESS,
  KEY_REUSED,
  LOCATION,
  NOT_FOUND,
  UNAVAILABLE,
} from '../http/api-docs.js';
import { HttpExchange, type HttpRequest, type HttpResponse, withoutSegments } from '../http/http-exchange.js';
import { CancelRequestDto, CancelResponseDto, TurnDto } from '../turns/turn.dto.js';
import type { TurnRecord } from '../turns/turn.js';
import { BodyPipe, QueryPipe } from '../validation/pipes.js';
import { decodeCursor, encodeCursor } from './list-cursor.js';
import { CreateSessionDto, ListSessionsQueryDto, WaitQueryDto } from './session-requests.dto.js';
import { SessionDto, SessionSummaryDto } from './session.dto.js';
import { type Session, SESSION_STATUSES, type SessionSummary } from './session.js';
import { type CreateSessionRequest, SessionsService, type TurnCancelled } from './sessions.service.js';

/** Query parameters as interfaces show Nest no class, so that a host's global pipe lets them be. */
type WaitQuery = Pick<WaitQueryDto, 'wait' | 'timeout'>;
type ListQuery = Pick<ListSessionsQueryDto, 'limit' | 'cursor' | 'status'>;
type CancelRequest = Pick<CancelRequestDto, 'turn_id'>;

const STATE_INVALID = { validation_failed: ['state[0].role must be one of: system, user, assistant, tool'] };
const LIMIT_REACHED = { session_limit_reached: 'The limit of 1000 sessions is reached', ...UNAVAILABLE };

/**
 * Makes the sessions controller of one module. It is a class of its own for each, since one class cannot have
 * two paths.
 */
export function createSessionsController(path: string): Type<unknown> {
  @ApiTags('sessions')
  @Controller(path)
  class SessionsController {
    constructor(
      private readonly sessions: SessionsService,
      private readonly http: HttpExchange,
    ) {}

    @Post()
    @HttpCode(201)
    @ApiOperation({
      summary: 'Create a session',
      description: 'The body is optional. `state` preloads the history.',
    })
    @ApiIdempotencyKey()
    @ApiBody({ type: CreateSessionDto, required: false })
    @ApiResponse({ status: 201, description: 'The new session', type: SessionDto, headers: LOCATION })
    @ApiErrors({ 409: KEY_IN_PROGRESS, 422: { ...STATE_INVALID, ...KEY_REUSED }, 503: LIMIT_REACHED })
    async create(
      @Body(new BodyPipe(CreateSessionDto, { optional: true })) body: CreateSessionRequest,
      @Headers(IDEMPOTENCY_KEY) idempotencyKey: string | undefined,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<Session> {
      const session = await this.sessions.create(body, { idempotencyKey });
      this.http.setHeader(response, 'Location', `${this.http.path(request)}/${session.session_id}`);
      return session;
    }

    @Put(':session_id')
    @HttpCode(201)
    @ApiOperation({
      summary: 'Create a session under an id of your own',
      description: 'Only where the server allows custom ids.',
    })
    @ApiSessionId()
    @ApiBody({ type: CreateSessionDto, required: false })
    @ApiResponse({ status: 201, description: 'The new session', type: SessionDto, headers: LOCATION })
    @ApiErrors({
      400: { invalid_session_id: 'session_id must be a UUID, not my-session' },
      405: { custom_ids_disabled: 'Custom session ids are not enabled; create sessions with POST' },
      409: { session_exists: 'Session 550e8400-e29b-41d4-a716-446655440000 already exists' },
      422: STATE_INVALID,
      503: LIMIT_REACHED,
    })
    async put(
      @Param('session_id') sessionId: string,
      @Body(new BodyPipe(CreateSessionDto, { optional: true })) body: CreateSessionRequest,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<Session> {
      const session = await this.sessions.put(sessionId, body);
      const sessions = withoutSegments(this.http.path(request), 1);
      this.http.setHeader(response, 'Location', `${sessions}/${session.session_id}`);
      return session;
    }

    @Get()
    @ApiOperation({
      summary: 'List sessions, newest first',
      description: 'A `Link` header with `rel="next"` leads to the next page, where there is one.',
    })
    @ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 },
    })
    @ApiQuery({
      name: 'cursor',
      required: false,
      schema: { type: 'string' },
      description: 'Where a page begins',
    })
    @ApiQuery({ name: 'status', required: false, enum: SESSION_STATUSES, enumName: 'SessionStatus' })
    @ApiResponse({
      status: 200,
      description: 'A page of sessions',
      type: [SessionSummaryDto],
      headers: {
        Link: {
          description: 'The next page',
          schema: { type: 'string' },
          example: '</sessions?cursor=MTc>; rel="next"',
        },
      },
    })
    @ApiErrors({ 422: { validation_failed: ['limit must not be greater than 1000'] }, 503: UNAVAILABLE })
    async list(
      @Query(new QueryPipe(ListSessionsQueryDto)) query: ListQuery,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<SessionSummary[]> {
      const { limit, status } = query;
      const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
      const { sessions, next } = await this.sessions.page({ limit, status, after });
      if (next) {
        const parameters = new URLSearchParams({
          ...(status && { status }),
          ...(limit && { limit: String(limit) }),
        });
        parameters.set('cursor', encodeCursor(next));
        this.http.setHeader(
          response,
          'Link',
          `<${this.http.path(request)}?${parameters.toString()}>; rel="next"`,
        );
      }
      return sessions;
    }

    @Get(':session_id')
    @ApiOperation({
      summary: 'Read a session, and wait for its turn to end',
      description:
        'With `wait=true` it answers as soon as the session no longer runs, or when `timeout` is over: then ' +
        '`status` is still `running`.',
    })
    @ApiSessionId()
    @ApiQuery({
      name: 'wait',
      required: false,
      schema: { type: 'string', enum: ['true', 'false', '1', '0'], default: 'false' },
      description: 'Whether to wait while the session runs',
    })
    @ApiQuery({
      name: 'timeout',
      required: false,
      schema: { type: 'number', minimum: 0 },
      description: 'How many seconds to wait at most; by default without limit',
      example: 30,
    })
    @ApiResponse({ status: 200, description: 'The session', type: SessionDto })
    @ApiErrors({
      404: NOT_FOUND,
      422: { validation_failed: ['wait must be true, 1, false or 0'] },
      503: UNAVAILABLE,
    })
    async get(
      @Param('session_id') sessionId: string,
      @Query(new QueryPipe(WaitQueryDto)) { wait, timeout }: WaitQuery,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<Session> {
      if (!wait) return this.sessions.get(sessionId);
      const milliseconds = timeout === undefined ? undefined : timeout * 1000;
      return this.sessions.get(sessionId, {
        wait,
        timeout: milliseconds,
        signal: this.http.hangUp(response),
      });
    }

    @Delete(':session_id')
    @HttpCode(204)
    @ApiOperation({
      summary: 'Delete a session',
      description: 'Also while it runs: the turn is aborted and can never come back.',
    })
    @ApiSessionId()
    @ApiResponse({ status: 204, description: 'It is gone' })
    @ApiErrors({ 404: NOT_FOUND, 503: UNAVAILABLE })
    async delete(@Param('session_id') sessionId: string): Promise<void> {
      await this.sessions.delete(sessionId);
    }

    @Get(':session_id/turns')
    @ApiOperation({ summary: "List a session's turns, oldest first" })
    @ApiSessionId()
    @ApiResponse({ status: 200, description: 'What was asked and what became of it', type: [TurnDto] })
    @ApiErrors({ 404: NOT_FOUND, 503: UNAVAILABLE })
    async turns(@Param('session_id') sessionId: string): Promise<TurnRecord[]> {
      return this.sessions.turns(sessionId);
    }

    @Post(':session_id/cancel')
    @HttpCode(202)
    @ApiOperation({
      summary: 'Cancel the unfinished turn',
      description: 'When this answers, the session has ended in `error` with `Turn cancelled`.',
    })
    @ApiSessionId()
    @ApiBody({ type: CancelRequestDto, required: false })
    @ApiResponse({ status: 202, description: 'It is cancelled', type: CancelResponseDto })
    @ApiErrors({
      404: NOT_FOUND,
      409: {
        nothing_running: 'Session 550e8400-e29b-41d4-a716-446655440000 has no unfinished turn',
        turn_mismatch: 'The unfinished turn of the session is another one',
      },
      422: { validation_failed: ['turn_id must be a string'] },
      503: UNAVAILABLE,
    })
    async cancel(
      @Param('session_id') sessionId: string,
      @Body(new BodyPipe(CancelRequestDto, { optional: true })) body: CancelRequest,
    ): Promise<TurnCancelled> {
      return this.sessions.cancel(sessionId, body);
    }
  }
  return SessionsController;
}
