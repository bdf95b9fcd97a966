import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
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
import { type MessageAccepted, type MessageRequest, SessionsService } from '../sessions/sessions.service.js';
import { BodyPipe, QueryPipe } from '../validation/pipes.js';
import { ChatMessageDto } from './chat-message.dto.js';
import type { ChatMessage } from './chat-message.js';
import { MessageRequestDto, MessageResponseDto, MessagesQueryDto } from './messages.dto.js';

/** An interface shows Nest no class, so that a host's global pipe lets the query be. */
type MessagesQuery = Pick<MessagesQueryDto, 'after' | 'limit'>;

/** Makes the messages controller of one module. `path` is that of the sessions. */
export function createMessagesController(path: string): Type<unknown> {
  @ApiTags('messages')
  @Controller(`${path}/:session_id/messages`)
  class MessagesController {
    constructor(
      private readonly sessions: SessionsService,
      private readonly http: HttpExchange,
    ) {}

    @Post()
    @HttpCode(202)
    @ApiOperation({
      summary: 'Send a message to the agent',
      description:
        'Answers as soon as the message is stored; the agent runs in the background. Wait for its answer with ' +
        '`GET /sessions/{session_id}?wait=true`.',
    })
    @ApiSessionId()
    @ApiIdempotencyKey()
    @ApiBody({
      type: MessageRequestDto,
      examples: {
        text: { summary: 'A message', value: { content: 'hello' } },
        parameters: {
          summary: 'With parameters for the agent',
          value: { content: 'hello', user_params: { user: 'ada' } },
        },
      },
    })
    @ApiResponse({
      status: 202,
      description: 'The message is stored and will be answered',
      type: MessageResponseDto,
      headers: LOCATION,
    })
    @ApiErrors({
      404: NOT_FOUND,
      409: {
        ...KEY_IN_PROGRESS,
        session_busy:
          'Session 550e8400-e29b-41d4-a716-446655440000 is still busy with turn 9f6ae1c8-7bde-4f0a-9f42-6d3f5c5f8a11',
      },
      413: { payload_too_large: 'The body is larger than 16 MiB' },
      422: { validation_failed: ['content must be a string'], ...KEY_REUSED },
      503: UNAVAILABLE,
    })
    async send(
      @Param('session_id') sessionId: string,
      @Body(new BodyPipe(MessageRequestDto)) body: MessageRequest,
      @Headers(IDEMPOTENCY_KEY) idempotencyKey: string | undefined,
      @Req() request: HttpRequest,
      @Res({ passthrough: true }) response: HttpResponse,
    ): Promise<MessageAccepted> {
      const accepted = await this.sessions.send(sessionId, body, { idempotencyKey });
      const sessions = withoutSegments(this.http.path(request), 2);
      this.http.setHeader(response, 'Location', `${sessions}/${accepted.session_id}`);
      return accepted;
    }

    @Get()
    @ApiOperation({ summary: 'Read the recorded history, oldest message first' })
    @ApiSessionId()
    @ApiQuery({
      name: 'after',
      required: false,
      schema: { type: 'integer', minimum: 0, default: 0 },
      description: 'How many messages to skip',
    })
    @ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000 },
      description: 'How many messages to return; by default all',
    })
    @ApiResponse({
      status: 200,
      description: 'The history, or the part that was asked for',
      type: [ChatMessageDto],
      example: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'hi there' },
      ],
    })
    @ApiErrors({
      404: NOT_FOUND,
      422: { validation_failed: ['limit must not be greater than 1000'] },
      503: UNAVAILABLE,
    })
    async list(
      @Param('session_id') sessionId: string,
      @Query(new QueryPipe(MessagesQueryDto)) query: MessagesQuery,
    ): Promise<ChatMessage[]> {
      return this.sessions.messages(sessionId, query);
    }
  }
  return MessagesController;
}
