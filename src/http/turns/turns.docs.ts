import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';

import {
  NothingRunningException,
  TurnMismatchException,
  TurnNotFoundException,
} from '../../exceptions/index.js';
import { ApiSessionId, ApiTurnPage, ApiWait, nextPage } from '../openapi/api-docs.js';
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
import { SESSION_ID, TURN_ID } from '../openapi/example-values.js';
import { CancelRequestSchema, CancelResponseDto, TurnDto } from './turn.dto.js';

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

    get: applyDecorators(
      ApiOperation({
        operationId: names.operation('getTurn'),
        summary: 'Read a turn, and wait for it to end',
        description:
          'The message of a turn is in it from its acceptance on, before the history has it. With `wait=true` it ' +
          'answers as soon as the turn has ended or waits for a person, or when `timeout` is over.',
      }),
      ApiSessionId(),
      ApiParam({
        name: 'turn_id',
        description: "The turn's id, a UUID",
        schema: { type: 'string', format: 'uuid' },
      }),
      ApiWait(),
      ApiResponse({ status: 200, description: 'The turn', type: TurnDto }),
      ApiErrors(
        NOT_FOUND,
        new TurnNotFoundException(TURN_ID),
        invalid('wait must be true, 1, false or 0'),
        ...UNAVAILABLE,
      ),
    ),

    cancel: applyDecorators(
      ApiOperation({
        operationId: names.operation('cancelTurn'),
        summary: 'Cancel the unfinished turn',
        description: 'When this answers, the session has ended in `error` with `Turn cancelled`.',
      }),
      ApiSessionId(),
      ApiBody({
        type: CancelRequestSchema,
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
