import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';

import { SessionBusyException } from '../../exceptions/index.js';
import { ApiIdempotencyKey, ApiSessionId, LOCATION } from '../openapi/api-docs.js';
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
import { SESSION_ID, TURN_ID } from '../openapi/example-values.js';
import { RecordedMessageDto } from './chat-message.dto.js';
import { MessageRequestSchema, MessageResponseDto } from './messages.dto.js';

/** The OpenAPI description of the messages controller; `path` is that of the sessions. */
export function messagesDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('messages')),

    send: applyDecorators(
      ApiOperation({
        operationId: names.operation('sendMessage'),
        summary: 'Send a message to the agent',
        description:
          'Answers as soon as the message is stored; the agent runs in the background. Wait for its answer with ' +
          '`GET …/sessions/{session_id}?wait=true`, or have it sent to a `webhook`.',
      }),
      ApiSessionId(),
      ApiIdempotencyKey(),
      ApiBody({
        type: MessageRequestSchema,
        required: true,
        examples: {
          text: { summary: 'A message', value: { content: 'hello' } },
          parameters: {
            summary: 'With parameters for the agent',
            value: { content: 'hello', user_params: { style: 'brief' } },
          },
          webhook: {
            summary: 'With a webhook for the result',
            value: {
              content: 'hello',
              webhook: { url: 'https://example.com/agent-results', token: 's3cret', include_messages: true },
            },
          },
        },
      }),
      ApiResponse({
        status: 202,
        description: 'The message is stored and will be answered',
        type: MessageResponseDto,
        headers: LOCATION,
      }),
      ApiErrors(
        MALFORMED,
        NOT_FOUND,
        new SessionBusyException(SESSION_ID, TURN_ID),
        KEY_IN_PROGRESS,
        TOO_LARGE,
        HISTORY_TOO_LARGE,
        invalid('role must be one of the roles that clients may use: user'),
        KEY_REUSED,
        ...UNAVAILABLE,
      ),
    ),

    list: applyDecorators(
      ApiOperation({
        operationId: names.operation('listMessages'),
        summary: 'Read the recorded history, oldest message first',
        description:
          'The whole history, unless `after` or `limit` is given. A turn adds to it when it completes; the message of ' +
          'a turn that runs is in `GET …/turns/{turn_id}`.',
      }),
      ApiSessionId(),
      ApiQuery({
        name: 'after',
        required: false,
        schema: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1, default: 0 },
        description: 'How many messages to skip',
      }),
      ApiQuery({
        name: 'limit',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 1000 },
        description: 'How many messages to return; by default all',
      }),
      ApiQuery({
        name: 'ids',
        required: false,
        schema: { type: 'string', enum: ['true', 'false', '1', '0'], default: 'false' },
        description: 'Whether each message has its `message_id`, `turn_id` and `created_at`',
      }),
      ApiResponse({
        status: 200,
        description: 'The history, or the part that was asked for',
        type: [RecordedMessageDto],
        headers: {
          'Last-Event-ID': {
            description: 'The place in the log from which `GET …/events?after=` goes on',
            schema: { type: 'integer' },
            example: 3,
          },
        },
        example: [
          { role: 'user', content: 'hello' },
          { role: 'assistant', content: 'hi there' },
        ],
      }),
      ApiErrors(NOT_FOUND, LIMIT_INVALID, ...UNAVAILABLE),
    ),
  };
}
