import { Controller, Headers, HttpCode, Param, Post, Req, type Type } from '@nestjs/common';

import type { ResumeRequest, TurnResumed } from '../../sessions/session-calls.js';
import { SessionsService } from '../../sessions/sessions.service.js';
import { AnswersAsTheyAre } from '../as-they-are.js';
import type { HttpRequest } from '../http-exchange.js';
import { IDEMPOTENCY_KEY } from '../openapi/api-docs.js';
import { RequestBody } from '../request-body.js';
import { scopeOfRequest } from '../request-scope.js';
import { interruptsDocs } from './interrupts.docs.js';

/** Creates the interrupts controller of one module. `path` is that of the sessions. */
export function createInterruptsController(path: string): Type<unknown> {
  const docs = interruptsDocs(path);

  @docs.tag
  @AnswersAsTheyAre()
  @Controller(`${path}/:session_id`)
  class InterruptsController {
    constructor(private readonly sessions: SessionsService) {}

    /** The service checks the body, because a session that does not exist is reported first. */
    @Post('resume')
    @HttpCode(200)
    @docs.resume
    async resume(
      @Req() request: HttpRequest,
      @Param('session_id') sessionId: string,
      @RequestBody() body: ResumeRequest,
      @Headers(IDEMPOTENCY_KEY) idempotencyKey: string | undefined,
    ): Promise<TurnResumed> {
      return this.sessions.resume(sessionId, body, { ...scopeOfRequest(request), idempotencyKey });
    }
  }
  return InterruptsController;
}
