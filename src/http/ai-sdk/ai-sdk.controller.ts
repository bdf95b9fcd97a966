import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Req,
  Res,
  type StreamableFile,
  type Type,
} from '@nestjs/common';

import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import type { CancelRequest, TurnCancelled } from '../../sessions/session-calls.js';
import { AiSdkAnswers } from '../../ui-protocols/ai-sdk/ai-sdk-answers.js';
import { checkedChatRequest } from '../../ui-protocols/ai-sdk/chat-request.js';
import type { UiMessage } from '../../ui-protocols/ai-sdk/ui-message.js';
import { UiSessions } from '../../ui-protocols/sessions/ui-sessions.js';
import { AnswersAsTheyAre } from '../as-they-are.js';
import { checkClientMessage } from '../client-rules.js';
import { HttpExchange, type HttpRequest, type HttpResponse } from '../http-exchange.js';
import { jsonList } from '../json-list.js';
import { LogFollowers } from '../../streams/log-followers.js';
import { BodyPipe } from '../pipes.js';
import { RequestBody } from '../request-body.js';
import { scopeOfRequest } from '../request-scope.js';
import { CancelRequestDto } from '../../sessions/cancel-request.dto.js';
import { UiStreams } from '../ui-streams/ui-streams.js';
import { aiSdkDocs } from './ai-sdk.docs.js';

/** What tells clients the version of the protocol. */
const HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' };

/** Creates the controller of the AI SDK's UI message stream of one module, at `path`. */
export function createAiSdkController(path: string): Type<unknown> {
  const docs = aiSdkDocs(path);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(path)
  class AiSdkController {
    private readonly streams: UiStreams;

    constructor(
      private readonly answers: AiSdkAnswers,
      private readonly sessions: UiSessions,
      http: HttpExchange,
      followers: LogFollowers,
      @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
    ) {
      this.streams = new UiStreams(http, followers, options);
    }

    @Post()
    @HttpCode(200)
    @docs.chat
    async chat(
      @Req() request: HttpRequest,
      @RequestBody() body: unknown,
      @Res() response: HttpResponse,
    ): Promise<void> {
      const chat = checkedChatRequest(body);
      const scope = scopeOfRequest(request);
      await this.streams.send(response, HEADERS, (signal) =>
        this.answers.open(chat, scope, signal, (message) => {
          checkClientMessage(message, this.options.clients);
        }),
      );
    }

    @Get(':id/stream')
    @docs.stream
    async stream(
      @Req() request: HttpRequest,
      @Param('id') id: string,
      @Res() response: HttpResponse,
    ): Promise<void> {
      const scope = scopeOfRequest(request);
      await this.streams.send(response, HEADERS, (signal) => this.answers.resume(id, scope, signal));
    }

    @Get(':id/messages')
    @docs.messages
    async messages(
      @Req() request: HttpRequest,
      @Param('id') id: string,
    ): Promise<UiMessage[] | StreamableFile> {
      return jsonList(this.answers.messages(id, scopeOfRequest(request)));
    }

    @Post(':id/cancel')
    @HttpCode(202)
    @docs.cancel
    async cancel(
      @Req() request: HttpRequest,
      @Param('id') id: string,
      @RequestBody(new BodyPipe(CancelRequestDto, { optional: true })) body: CancelRequest,
    ): Promise<TurnCancelled> {
      return this.sessions.cancel(id, body, scopeOfRequest(request));
    }
  }
  return AiSdkController;
}
