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
import { INTERRUPT_ID, SESSION_ID, TURN_ID } from '../openapi/example-values.js';
import { CancelRequestSchema, CancelResponseDto } from '../turns/turn.dto.js';

const USER = { id: 'message-1', role: 'user', content: 'hello' };

/** The OpenAPI description of the AG-UI controller at `path`. */
export function agUiDocs(path: string) {
  const names = apiNames(path);
  return {
    tag: ApiTags(names.tag('ag-ui')),

    run: applyDecorators(
      ApiOperation({
        operationId: names.operation('runAgUi'),
        summary: 'Run the agent for an AG-UI client',
        description:
          'Takes a RunAgentInput of AG-UI 1.0 or 0.0.5x and answers with its events. A new user message starts a turn; ' +
          '`resume` answers the pending interrupts; anything else shows the present state and, if a turn runs, goes on ' +
          'with it. A client that disconnects does not end the turn.',
      }),
      ApiBody({
        required: true,
        schema: {
          type: 'object',
          required: ['threadId', 'runId', 'messages'],
          properties: {
            threadId: { type: 'string', description: 'The conversation; any text, or the id of a session' },
            runId: { type: 'string' },
            protocolVersion: { type: 'string', description: 'Clients before 1.0 send none' },
            messages: { type: 'array', items: { type: 'object' } },
            resume: { type: 'array', items: { type: 'object' } },
            state: { description: 'For the agent, in `user_params.state`' },
            tools: {
              type: 'array',
              items: { type: 'object' },
              description: 'For the agent, in `user_params.tools`',
            },
            context: {
              type: 'array',
              items: { type: 'object' },
              description: 'For the agent, in `user_params.context`',
            },
            forwardedProps: { description: 'For the agent, in `user_params.forwardedProps`' },
          },
        },
        examples: {
          message: {
            summary: 'A new message',
            value: { threadId: 'thread-1', runId: 'run-1', protocolVersion: '1.0', messages: [USER] },
          },
          answer: {
            summary: 'Approve a tool call',
            value: {
              threadId: 'thread-1',
              runId: 'run-2',
              protocolVersion: '1.0',
              messages: [USER],
              resume: [{ interruptId: INTERRUPT_ID, status: 'resolved', payload: { approved: true } }],
            },
          },
          attach: {
            summary: 'Show the present state',
            value: { threadId: 'thread-1', runId: 'run-3', protocolVersion: '1.0', messages: [] },
          },
        },
      }),
      ApiResponse({
        status: 200,
        description: 'The events of the run, one JSON text in the `data` of each server-sent event',
        content: {
          'text/event-stream': {
            schema: { type: 'string' },
            example:
              'data: {"type":"RUN_STARTED","threadId":"thread-1","runId":"run-1","protocolVersion":"1.0"}\n\n' +
              'data: {"type":"RUN_FINISHED","threadId":"thread-1","runId":"run-1","outcome":{"type":"success"}}\n\n',
          },
        },
      }),
      ApiErrors(
        MALFORMED,
        new SessionBusyException(SESSION_ID, TURN_ID),
        TOO_LARGE,
        HISTORY_TOO_LARGE,
        invalid('threadId must be a string of 1 to 1000 characters'),
        ...UNAVAILABLE,
      ),
    ),

    cancel: applyDecorators(
      ApiOperation({
        operationId: names.operation('cancelAgUi'),
        summary: 'Cancel the unfinished turn of a thread',
        description: 'For stop buttons: an AG-UI client that aborts a run only stops listening.',
      }),
      ApiParam({ name: 'thread_id', description: "The client's `threadId`", schema: { type: 'string' } }),
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
