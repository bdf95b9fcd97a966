import { Inject, Injectable } from '@nestjs/common';

import { DamagedValueException } from '../exceptions/damaged-value.js';
import {
  InterruptNotFoundException,
  SessionNotFoundException,
  SessionNotInterruptedException,
  ValidationFailedException,
} from '../exceptions/index.js';
import { failpoint } from '../failpoints/failpoints.js';
import { firstAnswer, idempotentRequest } from '../idempotency/idempotency-key.js';
import { findSchemaProblem } from '../interrupts/answer-schema.js';
import { type ResolvedSessionsOptions, SESSIONS_OPTIONS } from '../options/sessions.options.js';
import { scopeOf } from '../owners/owner.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import { RECORDING_STORE, type RecordingStore } from '../turns/recording.store.js';
import { canonicalUuid, NO_ID } from '../validation/session-id.js';
import { given } from '../validation/given.js';
import { ResumeRequestDto } from './resume-request.dto.js';
import type { IdempotentCallOptions } from './call-options.js';
import type { ResumeRequest, TurnResumed } from './session-calls.js';
import { SessionEffects } from './session-effects.js';
import { idOf, requireFound } from './session-id.js';
import { SESSION_STORE, type SessionStore } from './session.store.js';

/** Maximum size of an answer, in characters of JSON. */
const MAX_ANSWER = 1024 * 1024;

/** The part of SessionsService that answers questions of agents. */
@Injectable()
export class InterruptAnswers {
  constructor(
    @Inject(RECORDING_STORE) private readonly recordings: RecordingStore,
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    private readonly effects: SessionEffects,
    @Inject(SESSIONS_OPTIONS) private readonly options: ResolvedSessionsOptions,
  ) {}

  async resume(
    sessionId: string,
    request: ResumeRequest,
    options: IdempotentCallOptions = {},
  ): Promise<TurnResumed> {
    const id = idOf(sessionId);
    const scope = scopeOf(options);
    const { interrupt_id: interruptId, value } = await this.checked(sessionId, request, options);
    const key = {
      module: this.options.name,
      owner: scope.owner,
      operation: 'resume',
      sessionId: id,
    } as const;
    const answer = {
      interruptId: canonicalUuid(interruptId) ?? NO_ID,
      value: JSON.stringify(value),
      findProblem: (schema: string) => problemBy(schema, value),
      request: await idempotentRequest(
        options.idempotencyKey,
        key,
        { interrupt_id: interruptId, value },
        { session_id: id },
      ),
    };
    const answered = await this.recordings.answer(scope, id, answer, options.manager);
    switch (answered.outcome) {
      case 'session_not_found':
        throw new SessionNotFoundException(sessionId);
      case 'not_interrupted':
        throw new SessionNotInterruptedException(id);
      case 'interrupt_not_found':
        throw new InterruptNotFoundException(interruptId);
      case 'unfit':
        throw new ValidationFailedException([answered.problem]);
      case 'answered': {
        failpoint('resumed');
        const { turnId, owner, status } = answered;
        this.effects.answered({ sessionId: id, turnId, owner }, status === 'running', options.manager);
        return { session_id: id, status };
      }
      default:
        return firstAnswer(answered).answer as TurnResumed;
    }
  }

  /** A session that does not exist is reported before a bad request. */
  private async checked(
    sessionId: string,
    request: ResumeRequest,
    options: SessionCallOptions,
  ): Promise<ResumeRequest> {
    try {
      const dto = given(ResumeRequestDto, request);
      if (JSON.stringify(dto.value).length <= MAX_ANSWER) return dto;
      throw new ValidationFailedException([`value must not be larger than ${MAX_ANSWER} characters of JSON`]);
    } catch (error) {
      if (!(error instanceof ValidationFailedException)) throw error;
      requireFound(sessionId, await this.sessions.find(scopeOf(options), idOf(sessionId), options.manager));
      throw error;
    }
  }
}

/** Throws DamagedValueException if the stored schema cannot be used, because a client cannot correct that. */
function problemBy(schema: string, value: unknown): string | undefined {
  try {
    return findSchemaProblem(schema, value, 'value');
  } catch {
    throw new DamagedValueException();
  }
}
