import { Controller, HttpCode, Inject, Param, Post, Req, Res, type Type } from '@nestjs/common';

import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../../options/sessions.options.js';
import type { CancelRequest, TurnCancelled } from '../../sessions/session-calls.js';
import { AgUiAnswers } from '../../ui-protocols/ag-ui/ag-ui-answers.js';
import { checkedAgUiInput } from '../../ui-protocols/ag-ui/ag-ui-input.js';
import { UiSessions } from '../../ui-protocols/sessions/ui-sessions.js';
import { AnswersAsTheyAre } from '../as-they-are.js';
import { checkClientMessage } from '../client-rules.js';
import { HttpExchange, type HttpRequest, type HttpResponse } from '../http-exchange.js';
import { LogFollowers } from '../../streams/log-followers.js';
import { BodyPipe } from '../pipes.js';
import { RequestBody } from '../request-body.js';
import { scopeOfRequest } from '../request-scope.js';
import { CancelRequestDto } from '../../sessions/cancel-request.dto.js';
import { UiStreams } from '../ui-streams/ui-streams.js';
import { agUiDocs } from './ag-ui.docs.js';

/** Creates the AG-UI controller of one module, at `path`. */
export function createAgUiController(path: string): Type<unknown> {
  const docs = agUiDocs(path);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(path)
  class AgUiController {
    private readonly streams: UiStreams;

    constructor(
      private readonly answers: AgUiAnswers,
      private readonly sessions: UiSessions,
      http: HttpExchange,
      followers: LogFollowers,
      @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
    ) {
      this.streams = new UiStreams(http, followers, options);
    }

    @Post()
    @HttpCode(200)
    @docs.run
    async run(
      @Req() request: HttpRequest,
      @RequestBody() body: unknown,
      @Res() response: HttpResponse,
    ): Promise<void> {
      const input = checkedAgUiInput(body);
      const scope = scopeOfRequest(request);
      await this.streams.send(response, {}, (signal) =>
        this.answers.open(input, scope, signal, (message) => {
          checkClientMessage(message, this.options.clients);
        }),
      );
    }

    @Post(':thread_id/cancel')
    @HttpCode(202)
    @docs.cancel
    async cancel(
      @Req() request: HttpRequest,
      @Param('thread_id') threadId: string,
      @RequestBody(new BodyPipe(CancelRequestDto, { optional: true })) body: CancelRequest,
    ): Promise<TurnCancelled> {
      return this.sessions.cancel(threadId, body, scopeOfRequest(request));
    }
  }
  return AgUiController;
}
