import {
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  type StreamableFile,
  type Type,
} from '@nestjs/common';

import { IDEMPOTENCY_KEY } from '../openapi/api-docs.js';
import { AnswersAsTheyAre } from '../as-they-are.js';
import { checkClientMessage } from '../client-rules.js';
import { HttpExchange, type HttpRequest, type HttpResponse, withoutSegments } from '../http-exchange.js';
import { jsonList } from '../json-list.js';
import { RequestBody } from '../request-body.js';
import { scopeOfRequest } from '../request-scope.js';
import type { MessageAccepted, MessageRequest } from '../../sessions/session-calls.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { BodyPipe, QueryPipe } from '../pipes.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import type { ChatMessage } from '../../messages/chat-message.js';
import { type HistoryQuery, HistoryQueryDto } from './history-query.dto.js';
import { messagesDocs } from './messages.docs.js';
import { MessageRequestDto } from '../../sessions/message-request.dto.js';

/** Creates the messages controller of one module. `path` is that of the sessions. */
export function createMessagesController(path: string): Type<unknown> {
  const docs = messagesDocs(path);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(`${path}/:session_id/messages`)
  class MessagesController {
    constructor(
      private readonly sessions: SessionsService,
      private readonly http: HttpExchange,
      @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
    ) {}

    @Post()
    @HttpCode(202)
    @docs.send
    async send(
      @Param('session_id') sessionId: string,
      @RequestBody(new BodyPipe(MessageRequestDto)) body: MessageRequest,
      @Headers(IDEMPOTENCY_KEY) idempotencyKey: string | undefined,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<MessageAccepted> {
      checkClientMessage(body, this.options.clients);
      const accepted = await this.sessions.send(sessionId, body, {
        ...scopeOfRequest(request),
        idempotencyKey,
      });
      const sessions = withoutSegments(this.http.path(request), 2);
      this.http.setHeader(response, 'Location', `${sessions}/${accepted.session_id}`);
      return accepted;
    }

    @Get()
    @docs.list
    async list(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @Query(new QueryPipe(HistoryQueryDto)) query: HistoryQuery,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<ChatMessage[] | StreamableFile> {
      const batches = await this.sessions.messageBatches(sessionId, { ...query, ...scopeOfRequest(request) });
      this.http.setHeader(response, 'Last-Event-ID', String(batches.lastEventId));
      return jsonList(batches);
    }
  }
  return MessagesController;
}
