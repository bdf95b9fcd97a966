import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';

import {
  NothingRunningException,
  SessionBusyException,
  TurnMismatchException,
} from '../../exceptions/index.js';
import {
  ApiErrors,
  HISTORY_TOO_LARGE,
  invalid,
  MALFORMED,
  NOT_FOUND,
  TOO_LARGE,
  UNAVAILABLE,
} from '../openapi/api-errors.js';
import { apiNames } from '../openapi/api-names.js';
import { SESSION_ID, TURN_ID } from '../openapi/example-values.js';
import { CancelRequestSchema, CancelResponseDto } from '../turns/turn.dto.js';

const USER = { id: 'message-1', role: 'user', parts: [{ type: 'text', text: 'hello' }] };

const STREAM = {
  'text/event-stream': {
    schema: { type: 'string' as const },
    example:
      `data: {"type":"start","messageId":"${TURN_ID}"}\n\n` +
      'data: {"type":"text-start","id":"a"}\n\n' +
      'data: {"type":"text-delta","id":"a","delta":"hi there"}\n\n' +
      'data: {"type":"text-end","id":"a"}\n\n' +
      'data: {"type":"finish","finishReason":"stop"}\n\n' +
      'data: [DONE]\n\n',
  },
};

function ApiChatId(): MethodDecorator {
  return ApiParam({ name: 'id', description: "The client's id of the chat", schema: { type: 'string' } });
}

/** The OpenAPI description of the controller of the AI SDK's UI message stream at `path`. */
export function aiSdkDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('ai-sdk')),

    chat: applyDecorators(
      ApiOperation({
        operationId: names.operation('chatAiSdk'),
        summary: 'Send a message of a useChat page',
        description:
          "Takes what the AI SDK's DefaultChatTransport sends, or `{ id, message }` with the last message alone, and " +
          'answers with a UI message stream (v1). The server keeps the history: only the last message counts. Members ' +
          'of the body that the SDK does not define go to the agent as `user_params`. A client that disconnects does ' +
          'not end the turn.',
      }),
      ApiBody({
        required: true,
        schema: {
          type: 'object',
          required: ['id'],
          properties: {
            id: { type: 'string', description: 'The chat; any text, or the id of a session' },
            messages: { type: 'array', items: { type: 'object' } },
            message: { type: 'object', description: 'The last message alone, in place of `messages`' },
            trigger: { type: 'string', enum: ['submit-message', 'regenerate-message'] },
            messageId: { type: 'string' },
          },
          additionalProperties: true,
        },
        examples: {
          messages: { summary: 'As useChat sends it', value: { id: 'chat-1', messages: [USER] } },
          message: { summary: 'The last message alone', value: { id: 'chat-1', message: USER } },
        },
      }),
      ApiResponse({ status: 200, description: 'The stream of the assistant’s message', content: STREAM }),
      ApiErrors(
        MALFORMED,
        new SessionBusyException(SESSION_ID, TURN_ID),
        TOO_LARGE,
        HISTORY_TOO_LARGE,
        invalid('id must be a string of 1 to 1000 characters'),
        ...UNAVAILABLE,
      ),
    ),

    stream: applyDecorators(
      ApiOperation({
        operationId: names.operation('resumeAiSdk'),
        summary: 'Go on with the stream of a running turn',
        description:
          'What `useChat({ resume: true })` asks for: the whole message of the turn again, and then what comes.',
      }),
      ApiChatId(),
      ApiResponse({ status: 200, description: 'The stream', content: STREAM }),
      ApiResponse({ status: 204, description: 'No turn is running' }),
      ApiErrors(...UNAVAILABLE),
    ),

    messages: applyDecorators(
      ApiOperation({
        operationId: names.operation('listAiSdkMessages'),
        summary: 'Read the messages of a chat, as a page loads them',
        description:
          'For the `messages` of useChat: one message of the user and one of the assistant per turn.',
      }),
      ApiChatId(),
      ApiResponse({
        status: 200,
        description: 'The messages; none if the chat has not begun',
        schema: { type: 'array', items: { type: 'object' } },
        example: [
          USER,
          { id: TURN_ID, role: 'assistant', parts: [{ type: 'text', text: 'hi there', state: 'done' }] },
        ],
      }),
      ApiErrors(...UNAVAILABLE),
    ),

    cancel: applyDecorators(
      ApiOperation({
        operationId: names.operation('cancelAiSdk'),
        summary: 'Cancel the unfinished turn of a chat',
        description: 'For stop buttons: the `stop` of useChat only stops listening.',
      }),
      ApiChatId(),
      ApiBody({
        type: CancelRequestSchema,
        required: false,
        examples: { any: { summary: 'Whichever turn it is', value: {} } },
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
