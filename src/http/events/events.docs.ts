import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import { TurnNotFoundException } from '../../exceptions/index.js';
import { ApiSessionId } from '../openapi/api-docs.js';
import { ApiErrors, invalid, NOT_FOUND, UNAVAILABLE } from '../openapi/api-errors.js';
import { apiNames } from '../openapi/api-names.js';
import { SESSION_ID, TURN_ID, UPDATED } from '../openapi/example-values.js';

const DELTA = {
  id: 3,
  type: 'message.delta',
  session_id: SESSION_ID,
  turn_id: TURN_ID,
  attempt: 1,
  at: UPDATED,
  message_id: '1c0f3a55-0f7c-4d57-9c55-6e5d8a4b7c21',
  delta: 'hi',
};

/** The OpenAPI description of the controller of event streams; `path` is that of the sessions. */
export function eventsDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('sessions')),

    stream: applyDecorators(
      ApiOperation({
        operationId: names.operation('streamEvents'),
        summary: "Follow a session's log as server-sent events",
        description:
          'Each event has an `id`, its type as `event`, and one line of JSON as `data`. A reader that connects again ' +
          'with `Last-Event-ID` misses nothing and gets nothing twice. Without a position the stream begins with the ' +
          'unfinished turn, if there is one, else with what comes from now on. It ends when the session is deleted, ' +
          'when the process stops and after an hour.',
      }),
      ApiSessionId(),
      ApiQuery({
        name: 'after',
        required: false,
        schema: { type: 'integer', minimum: 0 },
        description: "An event's id: the stream begins with the event after it",
      }),
      ApiQuery({
        name: 'turn',
        required: false,
        schema: { type: 'string', format: 'uuid' },
        description: "A turn's id: only its events, to its end",
      }),
      ApiHeader({
        name: 'Last-Event-ID',
        required: false,
        schema: { type: 'string' },
        description:
          'As `after`, which it takes the place of; an EventSource sends it when it connects again',
      }),
      ApiResponse({
        status: 200,
        description: 'The events',
        content: {
          'text/event-stream': {
            schema: { type: 'string' },
            example: `retry: 1500\n\nid: 3\nevent: message.delta\ndata: ${JSON.stringify(DELTA)}\n\n`,
          },
        },
      }),
      ApiErrors(
        NOT_FOUND,
        new TurnNotFoundException(TURN_ID),
        invalid('turn must be a UUID'),
        ...UNAVAILABLE,
      ),
    ),
  };
}
