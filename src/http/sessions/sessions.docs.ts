import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import {
  ApiErrors,
  ApiIdempotencyKey,
  ApiSessionId,
  ApiTurnPage,
  KEY_IN_PROGRESS,
  KEY_REUSED,
  LOCATION,
  MALFORMED,
  HISTORY_TOO_LARGE,
  nextPage,
  NOT_FOUND,
  SESSION_ID,
  TOO_LARGE,
  TURN_ID,
  UNAVAILABLE,
} from '../openapi/api-docs.js';
import { apiNames } from '../openapi/api-names.js';
import { CancelRequestDto, CancelResponseDto, TurnDto } from '../turns/turn.dto.js';
import { NEW_SESSION, SESSION_EXAMPLES } from './session.examples.js';
import { CreateSessionSchema } from './create-session.schema.js';
import { SessionDto, SessionSummaryDto } from './session.dto.js';
import { SESSION_STATUSES } from '../../sessions/session.js';

const STATE_INVALID = {
  validation_failed: ['state[0].role must be one of the following values: system, user, assistant, tool'],
};
const LIMIT_REACHED = { session_limit_reached: 'The limit of 1000 sessions is reached', ...UNAVAILABLE };

const CREATE_BODY = ApiBody({
  type: CreateSessionSchema,
  required: false,
  examples: {
    empty: { summary: 'An empty session', value: {} },
    state: {
      summary: 'With a history and notes',
      value: {
        state: [{ role: 'system', content: 'Answer in one sentence.' }],
        metadata: { customer: 'c-17' },
      },
    },
  },
});

const CREATED = ApiResponse({
  status: 201,
  description: 'The new session',
  type: SessionDto,
  headers: LOCATION,
  example: NEW_SESSION,
});

/** What the OpenAPI document says about the sessions controller at `path`. */
export function sessionsDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('sessions')),

    create: applyDecorators(
      ApiOperation({
        operationId: names.operation('createSession'),
        summary: 'Create a session',
        description: 'The body is optional. `state` preloads the history.',
      }),
      ApiIdempotencyKey(),
      CREATE_BODY,
      CREATED,
      ApiErrors({
        400: MALFORMED,
        409: KEY_IN_PROGRESS,
        413: { ...TOO_LARGE, ...HISTORY_TOO_LARGE },
        422: { ...STATE_INVALID, ...KEY_REUSED },
        503: LIMIT_REACHED,
      }),
    ),

    put: applyDecorators(
      ApiOperation({
        operationId: names.operation('putSession'),
        summary: 'Create a session under an id of your own',
        description: 'Only where the server allows custom ids.',
      }),
      ApiSessionId(),
      CREATE_BODY,
      CREATED,
      ApiErrors({
        400: { ...MALFORMED, invalid_session_id: 'session_id must be a UUID, not my-session' },
        405: { custom_ids_disabled: 'Custom session ids are not enabled; create sessions with POST' },
        409: { session_exists: `Session ${SESSION_ID} already exists` },
        413: { ...TOO_LARGE, ...HISTORY_TOO_LARGE },
        422: STATE_INVALID,
        503: LIMIT_REACHED,
      }),
    ),

    list: applyDecorators(
      ApiOperation({
        operationId: names.operation('listSessions'),
        summary: 'List sessions, newest first',
        description: 'A `Link` header with `rel="next"` leads to the next page, where there is one.',
      }),
      ApiQuery({
        name: 'limit',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 },
        description: 'How many sessions to return at most',
      }),
      ApiQuery({
        name: 'cursor',
        required: false,
        schema: { type: 'string' },
        description: 'Where the page begins: as in the `Link` of the page before',
      }),
      ApiQuery({
        name: 'status',
        required: false,
        enum: SESSION_STATUSES,
        enumName: 'AgentSessionStatus',
        description: 'Only sessions with this status',
      }),
      ApiResponse({
        status: 200,
        description: 'A page of sessions',
        type: [SessionSummaryDto],
        headers: nextPage('</sessions?limit=1000&cursor=MTc>; rel="next"'),
        example: [{ session_id: SESSION_ID, total_messages: 2, status: 'idle' }],
      }),
      ApiErrors({ 422: { validation_failed: ['limit must not be greater than 1000'] }, 503: UNAVAILABLE }),
    ),

    get: applyDecorators(
      ApiOperation({
        operationId: names.operation('getSession'),
        summary: 'Read a session, and wait for its turn to end',
        description:
          'With `wait=true` it answers as soon as the session no longer runs, or when `timeout` is over: then ' +
          '`status` is still `running`.',
      }),
      ApiSessionId(),
      ApiQuery({
        name: 'wait',
        required: false,
        schema: { type: 'string', enum: ['true', 'false', '1', '0'], default: 'false' },
        description: 'Whether to wait while the session runs',
      }),
      ApiQuery({
        name: 'timeout',
        required: false,
        schema: { type: 'number', minimum: 0 },
        description: 'How many seconds to wait at most; by default without limit',
      }),
      ApiResponse({
        status: 200,
        description: 'The session',
        type: SessionDto,
        examples: SESSION_EXAMPLES,
      }),
      ApiErrors({
        404: NOT_FOUND,
        422: { validation_failed: ['wait must be true, 1, false or 0'] },
        503: UNAVAILABLE,
      }),
    ),

    delete: applyDecorators(
      ApiOperation({
        operationId: names.operation('deleteSession'),
        summary: 'Delete a session',
        description: 'Also while it runs: the turn is aborted and can never come back.',
      }),
      ApiSessionId(),
      ApiResponse({ status: 204, description: 'It is gone' }),
      ApiErrors({ 404: NOT_FOUND, 503: UNAVAILABLE }),
    ),

    turns: applyDecorators(
      ApiOperation({
        operationId: names.operation('listTurns'),
        summary: "List a session's turns, oldest first",
        description:
          'A turn is one accepted message and what became of it, failed and cancelled ones included.',
      }),
      ApiSessionId(),
      ApiTurnPage(),
      ApiResponse({
        status: 200,
        description: 'The turns of the page',
        type: [TurnDto],
        headers: nextPage(`</sessions/${SESSION_ID}/turns?after=100>; rel="next"`),
      }),
      ApiErrors({
        404: NOT_FOUND,
        422: { validation_failed: ['limit must not be greater than 1000'] },
        503: UNAVAILABLE,
      }),
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
      ApiErrors({
        400: MALFORMED,
        404: NOT_FOUND,
        409: {
          nothing_running: `Session ${SESSION_ID} has no unfinished turn`,
          turn_mismatch: `The unfinished turn of session ${SESSION_ID} is ${TURN_ID}`,
        },
        413: TOO_LARGE,
        422: { validation_failed: ['turn_id must be a string'] },
        503: UNAVAILABLE,
      }),
    ),
  };
}
