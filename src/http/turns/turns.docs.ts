import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';

import { NothingRunningException, TurnMismatchException } from '../../exceptions/index.js';
import { ApiSessionId, ApiTurnPage, nextPage } from '../openapi/api-docs.js';
import {
  ApiErrors,
  invalid,
  LIMIT_INVALID,
  MALFORMED,
  NOT_FOUND,
  TOO_LARGE,
  UNAVAILABLE,
} from '../openapi/api-errors.js';
import { apiNames } from '../openapi/api-names.js';
import { SESSION_ID, TURN_ID } from '../openapi/example-ids.js';
import { CancelRequestDto, CancelResponseDto, TurnDto } from './turn.dto.js';

/** The OpenAPI description of the turns controller; `path` is that of the sessions, whose tag it shares. */
export function turnsDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('sessions')),

    list: applyDecorators(
      ApiOperation({
        operationId: names.operation('listTurns'),
        summary: "List a session's turns, oldest first",
        description: 'A turn is one accepted message and its outcome, failed and cancelled ones included.',
      }),
      ApiSessionId(),
      ApiTurnPage(),
      ApiResponse({
        status: 200,
        description: 'The turns of the page',
        type: [TurnDto],
        headers: nextPage(`</sessions/${SESSION_ID}/turns?after=100>; rel="next"`),
      }),
      ApiErrors(NOT_FOUND, LIMIT_INVALID, ...UNAVAILABLE),
    ),

    cancel: applyDecorators(
      ApiOperation({
        operationId: names.operation('cancelTurn'),
        summary: 'Cancel the unfinished turn',
        description: 'When this answers, the session has ended in `error` with `Turn cancelled`.',
      }),
      ApiSessionId(),
      ApiBody({
        type: CancelRequestDto,
        required: false,
        examples: {
          any: { summary: 'Whichever turn it is', value: {} },
          one: { summary: 'Only this turn', value: { turn_id: TURN_ID } },
        },
      }),
      ApiResponse({ status: 202, description: 'It is cancelled', type: CancelResponseDto }),
      ApiErrors(
        MALFORMED,
        NOT_FOUND,
        new NothingRunningException(SESSION_ID),
        new TurnMismatchException(SESSION_ID, TURN_ID),
        TOO_LARGE,
        invalid('turn_id must be a string'),
        ...UNAVAILABLE,
      ),
    ),
  };
}
