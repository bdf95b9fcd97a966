import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiExcludeEndpoint, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import {
  CustomIdsDisabledException,
  InvalidSessionIdException,
  SessionExistsException,
  SessionLimitReachedException,
} from '../../exceptions/index.js';
import { ApiIdempotencyKey, ApiSessionId, ApiWait, LOCATION, nextPage } from '../openapi/api-docs.js';
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
import { SESSION_ID } from '../openapi/example-values.js';
import { LISTED_SESSION, NEW_SESSION, SESSION_EXAMPLES } from './session.examples.js';
import { CreateSessionSchema } from './create-session.schema.js';
import { UpdateSessionSchema } from './update-session.schema.js';
import { SessionDto, SessionSummaryDto } from './session.dto.js';
import { LIST_ORDERS, SESSION_STATUSES } from '../../sessions/session.js';

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
        summary: 'List sessions, the newest or the last updated first',
        description:
          'A `Link` header with `rel="next"` leads to the next page, if there is one. A page with much metadata has ' +
          'fewer sessions than `limit`. With `order=updated`, a session that is updated meanwhile moves to the ' +
          'beginning, so that it is not on a later page.',
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
      ApiQuery({
        name: 'order',
        required: false,
        schema: { type: 'string', enum: [...LIST_ORDERS], default: 'created' },
        description: 'Whether the newest or the last updated session is first',
      }),
      ApiQuery({
        name: 'metadata',
        required: false,
        style: 'deepObject',
        explode: true,
        schema: { type: 'object', additionalProperties: { type: 'string' }, example: { customer: 'c-17' } },
        description:
          'As `metadata[key]=text`, up to 10 times: only sessions whose metadata has this key with exactly this ' +
          'text, number or boolean. Keys of up to 100 and texts of up to 200 characters, the first 32 of a session.',
      }),
      ApiResponse({
        status: 200,
        description: 'A page of sessions',
        type: [SessionSummaryDto],
        headers: nextPage('</sessions?limit=1000&cursor=MTc>; rel="next"'),
        example: [LISTED_SESSION],
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
      ApiWait(),
      ApiResponse({
        status: 200,
        description: 'The session',
        type: SessionDto,
        examples: SESSION_EXAMPLES,
      }),
      ApiErrors(NOT_FOUND, invalid('wait must be true, 1, false or 0'), ...UNAVAILABLE),
    ),

    update: applyDecorators(
      ApiOperation({
        operationId: names.operation('updateSession'),
        summary: "Change a session's metadata",
        description: 'By a JSON merge patch (RFC 7396), also while a turn runs.',
      }),
      ApiSessionId(),
      ApiBody({
        type: UpdateSessionSchema,
        required: true,
        examples: {
          merge: {
            summary: 'Set one key, remove another',
            value: { metadata: { title: 'A late parcel', draft: null } },
          },
          remove: { summary: 'Remove all metadata', value: { metadata: null } },
        },
      }),
      ApiResponse({
        status: 200,
        description: 'The session',
        type: SessionDto,
        example: { ...NEW_SESSION, metadata: { title: 'A late parcel' } },
      }),
      ApiErrors(
        MALFORMED,
        NOT_FOUND,
        TOO_LARGE,
        invalid('metadata must be an object or null'),
        ...UNAVAILABLE,
      ),
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
