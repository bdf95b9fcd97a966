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
    'tool_calls?': 'AgentSessionToolCall[]?',
    'tool_call_id?': 'string?',
    'name?': 'string?',
    'base64_image?': 'string?',
    'user_params?': 'object?',
  };

  it('define messages completely', () => {
    expect(fieldsOf(document, 'AgentSessionChatMessage')).toEqual({
      role: 'AgentSessionChatRole',
      content: 'string?',
      ...details,
    });
    expect(brief(document.components.schemas.AgentSessionChatRole)).toBe('system | user | assistant | tool');
    expect(fieldsOf(document, 'AgentSessionToolCall')).toEqual({
      id: 'string',
      type: 'function',
      function: 'AgentSessionToolCallFunction',
    });
    expect(fieldsOf(document, 'AgentSessionToolCallFunction')).toEqual({
      name: 'string',
      arguments: 'string',
    });
  });

  it('limit the lists in messages, which take long to check', () => {
    const schemas = document.components.schemas;
    const { reasoning_details, tool_calls } = schemas.AgentSessionMessageRequest?.properties ?? {};
    const state = schemas.AgentSessionCreateRequest?.properties?.state;
    for (const list of [reasoning_details, tool_calls, state])
      expect(list).toMatchObject({ maxItems: 10_000 });
  });

  it('define requests, with their defaults', () => {
    expect(fieldsOf(document, 'AgentSessionMessageRequest')).toEqual({
      'role?': 'AgentSessionChatRole',
      'content?': 'string?',
      ...details,
      'webhook?': 'AgentSessionWebhookSpec?',
    });
    expect(document.components.schemas.AgentSessionMessageRequest?.properties).toMatchObject({
      role: { description: expect.stringContaining('`user` by default') },
    });
    expect(fieldsOf(document, 'AgentSessionWebhookSpec')).toEqual({
      url: 'uri',
      'token?': 'string?',
      'include_messages?': 'boolean',
      'include_interrupts?': 'boolean',
    });
    expect(fieldsOf(document, 'AgentSessionCreateRequest')).toEqual({
      'state?': 'AgentSessionChatMessage[]?',
      'metadata?': 'object?',
    });
    expect(fieldsOf(document, 'AgentSessionUpdateRequest')).toEqual({ metadata: 'object?' });
    expect(fieldsOf(document, 'AgentSessionCancelRequest')).toEqual({ 'turn_id?': 'string?' });
  });

  it('have the module’s prefix, so that a host may have its own ChatMessage', () => {
    const names = Object.keys(document.components.schemas);
    expect(names.filter((name) => !name.startsWith('AgentSession'))).toEqual([]);
  });

  it('have no defaults, which would make fields required in generated types', () => {
    for (const [name, { properties = {} }] of Object.entries(document.components.schemas)) {
      const withDefault = Object.entries(properties).filter(([, property]) => property.default !== undefined);
      expect([name, ...withDefault.map(([field]) => field)]).toEqual([name]);
    }
  });

  it('define responses', () => {
    expect(fieldsOf(document, 'AgentSession')).toEqual({
      session_id: 'uuid',
      last_event_id: 'integer',
      status: 'AgentSessionStatus',
      response: 'AgentSessionChatMessage?',
      error: 'string?',
      interrupts: 'AgentSessionInterrupt[]?',
      'metadata?': 'object',
      turn_id: 'uuid?',
      created_at: 'date-time',
      updated_at: 'date-time',
    });
    expect(fieldsOf(document, 'AgentSessionSummary')).toEqual({
      session_id: 'uuid',
      total_messages: 'integer',
      status: 'AgentSessionStatus',
      'metadata?': 'object',
      turn_id: 'uuid?',
      created_at: 'date-time',
      updated_at: 'date-time',
    });
    expect(brief(document.components.schemas.AgentSessionStatus)).toBe(
      'idle | running | interrupted | error',
    );
    expect(fieldsOf(document, 'AgentSessionTurn')).toEqual({
      turn_id: 'uuid',
      number: 'integer',
      status: 'AgentSessionTurnStatus',
      message: 'AgentSessionChatMessage',
      response: 'AgentSessionChatMessage?',
      error: 'string?',
      code: 'agent_error | timed_out | cancelled | worker_lost | output_rejected | history_too_large | step_unknown | interrupt_expired | replay_mismatch?',
      attempt: 'integer',
      usage: 'AgentSessionTurnUsage?',
      created_at: 'date-time',
      started_at: 'date-time?',
      ended_at: 'date-time?',
    });
    expect(fieldsOf(document, 'AgentSessionMessageResponse')).toEqual({
      session_id: 'uuid',
      status: 'running',
      turn_id: 'uuid',
    });
    expect(fieldsOf(document, 'AgentSessionsError')).toEqual({
      statusCode: 'integer',
      error: 'string',
      'interrupts?': 'object[]',
      message: 'string | string[]',
      code: 'string',
      'turn_id?': 'uuid',
    });
    expect(fieldsOf(document, 'AgentSessionDelivery')).toEqual({
      delivery_id: 'uuid',
      turn_id: 'uuid',
      url: 'uri',
      status: 'AgentSessionDeliveryStatus',
      next_attempt_at: 'date-time?',
      attempts: 'AgentSessionDeliveryAttempt[]',
    });
    expect(fieldsOf(document, 'AgentSessionDeliveryAttempt')).toEqual({
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
