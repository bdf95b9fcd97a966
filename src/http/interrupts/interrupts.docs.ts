import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';

import { InterruptNotFoundException, SessionNotInterruptedException } from '../../exceptions/index.js';
import { ApiIdempotencyKey, ApiSessionId } from '../openapi/api-docs.js';
import {
  ApiErrors,
  invalid,
  KEY_IN_PROGRESS,
  KEY_REUSED,
  MALFORMED,
  NOT_FOUND,
  TOO_LARGE,
  UNAVAILABLE,
} from '../openapi/api-errors.js';
import { apiNames } from '../openapi/api-names.js';
import { INTERRUPT_ID, SESSION_ID } from '../openapi/example-values.js';
import { ResumeRequestSchema, ResumeResponseDto } from './interrupts.dto.js';

/** The OpenAPI description of the interrupts controller; `path` is that of the sessions, whose tag it shares. */
export function interruptsDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('sessions')),

    resume: applyDecorators(
      ApiOperation({
        operationId: names.operation('resumeTurn'),
        summary: 'Answer a question of the agent',
        description:
          'For a session that is `interrupted`: answers one of its `interrupts`. Each takes exactly one answer. After ' +
          'the last pending one the turn goes on in the background; wait for it with ' +
          '`GET …/sessions/{session_id}?wait=true`.',
      }),
      ApiSessionId(),
      ApiIdempotencyKey(),
      ApiBody({
        type: ResumeRequestSchema,
        required: true,
        examples: {
          approval: {
            summary: 'Approve a tool call (`tool_approval`)',
            value: { interrupt_id: INTERRUPT_ID, value: { approved: true } },
          },
          refusal: {
            summary: 'Refuse it, with a reason',
            value: { interrupt_id: INTERRUPT_ID, value: { approved: false, reason: 'Too expensive' } },
          },
          questions: {
            summary: 'Answer questions (`user_input`)',
            value: { interrupt_id: INTERRUPT_ID, value: { answers: { 'Which colour?': 'Blue' } } },
          },
        },
      }),
      ApiResponse({ status: 200, description: 'The answer is stored', type: ResumeResponseDto }),
      ApiErrors(
        MALFORMED,
        NOT_FOUND,
        new SessionNotInterruptedException(SESSION_ID),
        new InterruptNotFoundException(INTERRUPT_ID),
        KEY_IN_PROGRESS,
        TOO_LARGE,
        invalid("value must have required property 'approved'"),
        KEY_REUSED,
        ...UNAVAILABLE,
      ),
    ),
  };
}
