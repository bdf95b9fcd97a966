import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiExcludeEndpoint, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import {
  CustomIdsDisabledException,
  InvalidSessionIdException,
  SessionExistsException,
  SessionLimitReachedException,
} from '../../exceptions/index.js';
import { ApiIdempotencyKey, ApiSessionId, LOCATION, nextPage } from '../openapi/api-docs.js';
import {
  ApiErrors,
  HISTORY_TOO_LARGE,
  invalid,
  KEY_IN_PROGRESS,
  KEY_REUSED,
  LIMIT_INVALID,
  MALFORMED,
  NOT_FOUND,
  TOO_LARGE,
  UNAVAILABLE,
} from '../openapi/api-errors.js';
import { apiNames } from '../openapi/api-names.js';
import { SESSION_ID } from '../openapi/example-ids.js';
import { NEW_SESSION, SESSION_EXAMPLES } from './session.examples.js';
import { CreateSessionSchema } from './create-session.schema.js';
import { SessionDto, SessionSummaryDto } from './session.dto.js';
import { SESSION_STATUSES } from '../../sessions/session.js';

const STATE_INVALID = invalid(
  'state[0].role must be one of the following values: system, user, assistant, tool',
);
const LIMIT_REACHED = new SessionLimitReachedException(1000);

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

/** The OpenAPI description of the sessions controller at `path`; `PUT` is described if clients may choose ids. */
export function sessionsDocs(path: string, customIds: boolean) {
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
      ApiErrors(
        MALFORMED,
        KEY_IN_PROGRESS,
        TOO_LARGE,
        HISTORY_TOO_LARGE,
        STATE_INVALID,
        KEY_REUSED,
        LIMIT_REACHED,
        ...UNAVAILABLE,
      ),
    ),

    put: applyDecorators(
      ApiExcludeEndpoint(!customIds),
      ApiOperation({
        operationId: names.operation('putSession'),
        summary: 'Create a session under an id of your own',
        description: 'Only if the server allows custom ids.',
      }),
      ApiSessionId(),
      CREATE_BODY,
      CREATED,
      ApiErrors(
        MALFORMED,
        new InvalidSessionIdException('my-session'),
        new CustomIdsDisabledException(),
        new SessionExistsException(SESSION_ID),
        TOO_LARGE,
        HISTORY_TOO_LARGE,
        STATE_INVALID,
        LIMIT_REACHED,
        ...UNAVAILABLE,
      ),
    ),

    list: applyDecorators(
      ApiOperation({
        operationId: names.operation('listSessions'),
        summary: 'List sessions, newest first',
        description: 'A `Link` header with `rel="next"` leads to the next page, if there is one.',
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
      ApiErrors(LIMIT_INVALID, ...UNAVAILABLE),
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
        example: 'true',
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
      ApiErrors(NOT_FOUND, invalid('wait must be true, 1, false or 0'), ...UNAVAILABLE),
    ),

    delete: applyDecorators(
      ApiOperation({
        operationId: names.operation('deleteSession'),
        summary: 'Delete a session',
        description: 'Also while it runs: the turn is aborted and can never come back.',
      }),
      ApiSessionId(),
      ApiResponse({ status: 204, description: 'It is gone' }),
      ApiErrors(NOT_FOUND, ...UNAVAILABLE),
    ),
  };
}
