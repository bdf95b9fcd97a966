import { beforeAll, describe, expect, it } from '@jest/globals';

import { type ApiDocument, brief, fieldsOf, readDocument } from './api-document.js';
import { useServer } from './use-server.js';

const running = useServer();
let document: ApiDocument;
beforeAll(async () => {
  document = await readDocument(running.server.url);
});

describe('the schemas of the OpenAPI document', () => {
  const details = {
    'reasoning?': 'string?',
    'reasoning_details?': 'object[]?',
    'tool_calls?': 'ToolCall[]?',
    'tool_call_id?': 'string?',
    'name?': 'string?',
    'base64_image?': 'string?',
    'user_params?': 'object?',
  };

  it('type messages in full', () => {
    expect(fieldsOf(document, 'ChatMessage')).toEqual({ role: 'ChatRole', content: 'string?', ...details });
    expect(brief(document.components.schemas.ChatRole)).toBe('system | user | assistant | tool');
    expect(fieldsOf(document, 'ToolCall')).toEqual({
      id: 'string',
      type: 'function',
      function: 'ToolCallFunction',
    });
    expect(fieldsOf(document, 'ToolCallFunction')).toEqual({ name: 'string', arguments: 'string' });
  });

  it('type what a client sends, with its defaults', () => {
    expect(fieldsOf(document, 'MessageRequest')).toEqual({
      'role?': 'ChatRole',
      'content?': 'string?',
      ...details,
      'webhook?': 'WebhookSpec?',
    });
    expect(document.components.schemas.MessageRequest?.properties).toMatchObject({
      role: { description: expect.stringContaining('`user` by default') },
    });
    expect(fieldsOf(document, 'WebhookSpec')).toEqual({
      url: 'uri',
      'token?': 'string?',
      'include_messages?': 'boolean',
      'include_interrupts?': 'boolean',
    });
    expect(fieldsOf(document, 'CreateAgentSessionRequest')).toEqual({
      'state?': 'ChatMessage[]?',
      'metadata?': 'object?',
    });
    expect(fieldsOf(document, 'CancelTurnRequest')).toEqual({ 'turn_id?': 'string?' });
  });

  it('have no defaults, which would make fields required in types that are generated from them', () => {
    for (const [name, { properties = {} }] of Object.entries(document.components.schemas)) {
      const withDefault = Object.entries(properties).filter(([, property]) => property.default !== undefined);
      expect([name, ...withDefault.map(([field]) => field)]).toEqual([name]);
    }
  });

  it('type what it is answered', () => {
    expect(fieldsOf(document, 'AgentSession')).toEqual({
      session_id: 'uuid',
      status: 'AgentSessionStatus',
      response: 'ChatMessage?',
      error: 'string?',
      interrupts: 'AgentInterrupt[]?',
      'metadata?': 'object',
    });
    expect(brief(document.components.schemas.AgentSessionStatus)).toBe(
      'idle | running | interrupted | error',
    );
    expect(fieldsOf(document, 'AgentTurn')).toEqual({
      turn_id: 'uuid',
      number: 'integer',
      status: 'AgentTurnStatus',
      message: 'ChatMessage',
      response: 'ChatMessage?',
      error: 'string?',
      attempt: 'integer',
      usage: 'AgentTurnUsage?',
      created_at: 'date-time',
      started_at: 'date-time?',
      ended_at: 'date-time?',
    });
    expect(fieldsOf(document, 'MessageResponse')).toEqual({
      session_id: 'uuid',
      status: 'running',
      turn_id: 'uuid',
    });
    expect(fieldsOf(document, 'AgentSessionsError')).toEqual({
      statusCode: 'integer',
      error: 'string',
      message: 'string | string[]',
      code: 'string',
      'turn_id?': 'uuid',
    });
    expect(fieldsOf(document, 'WebhookDelivery')).toEqual({
      delivery_id: 'uuid',
      turn_id: 'uuid',
      url: 'uri',
      status: 'WebhookDeliveryStatus',
      next_attempt_at: 'date-time?',
      attempts: 'WebhookDeliveryAttempt[]',
    });
    expect(fieldsOf(document, 'WebhookDeliveryAttempt')).toEqual({
      at: 'date-time',
      status_code: 'integer?',
      error: 'string?',
      duration_ms: 'integer',
    });
    expect(fieldsOf(document, 'AgentSessionsHealth')).toEqual({
      status: 'ok | error',
      max_workers: 'integer',
      running_workers: 'integer',
      total_sessions: 'integer?',
      'redis?': 'down',
    });
  });
});
