import { beforeAll, describe, expect, it } from '@jest/globals';

import { startServer } from '../support/cli.js';
import { createTestDatabase } from '../support/database.js';
import { type ApiDocument, type ApiOperation, brief, operationsOf, readDocument } from './api-document.js';
import { redisOfItsOwn } from './command.js';
import { useServer } from './use-server.js';

/** Every operation with its success status and its error statuses. */
const OPERATIONS: Record<string, { id: string; answer: string; errors: number[] }> = {
  'POST /sessions': { id: 'createSession', answer: '201 AgentSession', errors: [400, 409, 413, 422, 503] },
  'GET /sessions': { id: 'listSessions', answer: '200 AgentSessionSummary[]', errors: [422, 503] },
  'PUT /sessions/{session_id}': {
    id: 'putSession',
    answer: '201 AgentSession',
    errors: [400, 405, 409, 413, 422, 503],
  },
  'GET /sessions/{session_id}': { id: 'getSession', answer: '200 AgentSession', errors: [404, 422, 503] },
  'PATCH /sessions/{session_id}': {
    id: 'updateSession',
    answer: '200 AgentSession',
    errors: [400, 404, 413, 422, 503],
  },
  'DELETE /sessions/{session_id}': { id: 'deleteSession', answer: '204', errors: [404, 503] },
  'POST /sessions/{session_id}/messages': {
    id: 'sendMessage',
    answer: '202 AgentSessionMessageResponse',
    errors: [400, 404, 409, 413, 422, 503],
  },
  'GET /sessions/{session_id}/messages': {
    id: 'listMessages',
    answer: '200 AgentSessionRecordedMessage[]',
    errors: [404, 422, 503],
  },
  'POST /sessions/{session_id}/cancel': {
    id: 'cancelTurn',
    answer: '202 AgentSessionCancelResponse',
    errors: [400, 404, 409, 413, 422, 503],
  },
  'POST /sessions/{session_id}/resume': {
    id: 'resumeTurn',
    answer: '200 AgentSessionResumeResponse',
    errors: [400, 404, 409, 413, 422, 503],
  },
  'GET /sessions/{session_id}/events': { id: 'streamEvents', answer: '200 stream', errors: [404, 422, 503] },
  'GET /sessions/{session_id}/turns': {
    id: 'listTurns',
    answer: '200 AgentSessionTurn[]',
    errors: [404, 422, 503],
  },
  'GET /sessions/{session_id}/turns/{turn_id}': {
    id: 'getTurn',
    answer: '200 AgentSessionTurn',
    errors: [404, 422, 503],
  },
  'GET /sessions/{session_id}/deliveries': {
    id: 'listDeliveries',
    answer: '200 AgentSessionDelivery[]',
    errors: [404, 422, 503],
  },
  'POST /sessions/{session_id}/deliveries/{delivery_id}/redeliver': {
    id: 'redeliver',
    answer: '202 AgentSessionRedelivery',
    errors: [404, 503],
  },
  'POST /ag-ui': { id: 'runAgUi', answer: '200 stream', errors: [400, 409, 413, 422, 503] },
  'POST /ag-ui/{thread_id}/cancel': {
    id: 'cancelAgUi',
    answer: '202 AgentSessionCancelResponse',
    errors: [400, 404, 409, 413, 422, 503],
  },
  'POST /ai-sdk': { id: 'chatAiSdk', answer: '200 stream', errors: [400, 409, 413, 422, 503] },
  'GET /ai-sdk/{id}/stream': { id: 'resumeAiSdk', answer: '200 stream, 204', errors: [503] },
  'GET /ai-sdk/{id}/messages': { id: 'listAiSdkMessages', answer: '200 object[]', errors: [503] },
  'POST /ai-sdk/{id}/cancel': {
    id: 'cancelAiSdk',
    answer: '202 AgentSessionCancelResponse',
    errors: [400, 404, 409, 413, 422, 503],
  },
  'GET /health': { id: 'getHealth', answer: '200 AgentSessionsHealth', errors: [503] },
  'GET /health/live': { id: 'getLiveness', answer: '200 AgentSessionsLiveness', errors: [] },
};

/** Operations whose responses have a Location header. */
const WITH_LOCATION = ['createSession', 'putSession', 'sendMessage'];

const running = useServer({ args: ['--allow-custom-ids'] });
let document: ApiDocument;
let operations: [string, ApiOperation][];
beforeAll(async () => {
  document = await readDocument(running.server.url);
  operations = [...operationsOf(document)];
});

describe('every operation of the OpenAPI document', () => {
  it('is known to this test, with its own name, a summary and a tag', () => {
    expect(operations.map(([name]) => name).sort()).toEqual(Object.keys(OPERATIONS).sort());
    for (const [name, { operationId, summary, tags }] of operations) {
      expect([name, operationId]).toEqual([name, OPERATIONS[name]?.id]);
      expect([name, summary]).toEqual([name, expect.stringMatching(/\w/)]);
      expect([name, tags]).toEqual([name, [expect.any(String)]]);
    }
    const described = document.tags.map(({ name, description }) => description && name);
    expect(described.sort()).toEqual([...new Set(operations.flatMap(([, { tags = [] }]) => tags))].sort());
  });

  it('documents its statuses, each with a description and the schema of its body', () => {
    for (const [name, { responses }] of operations) {
      const { answer = '', errors = [] } = OPERATIONS[name] ?? {};
      const error = name === 'GET /health' ? 'AgentSessionsHealth' : 'AgentSessionsError';
      const documented = Object.entries(responses).map(([status, { content, description }]) => {
        expect([name, status, description]).toEqual([name, status, expect.stringMatching(/\w/)]);
        if (content?.['text/event-stream']) return `${status} stream`;
        return content ? `${status} ${brief(content['application/json']?.schema)}` : status;
      });
      const expected = [...answer.split(', '), ...errors.map((status) => `${status} ${error}`)];
      expect([name, ...documented.sort()]).toEqual([name, ...expected.sort()]);
    }
  });

  it('documents each error as it is sent', () => {
    for (const [name, { responses }] of operations.filter(([operation]) => operation !== 'GET /health')) {
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const examples = Object.entries(content?.['application/json']?.examples ?? {});
        expect([name, status, examples.length]).not.toEqual([name, status, 0]);
        for (const [code, { value }] of examples)
          expect(value).toMatchObject({ statusCode: Number(status), code });
      }
    }
  });

  it('documents Location if it creates a session or accepts a message', () => {
    for (const [name, { operationId = '', responses }] of operations) {
      const success = responses['201'] ?? responses['202'] ?? {};
      const location = success.headers?.Location;
      const expected = WITH_LOCATION.includes(operationId)
        ? { required: true, schema: { type: 'string', format: 'uri-reference' } }
        : undefined;
      if (expected) expect([name, location]).toEqual([name, expect.objectContaining(expected)]);
      else expect([name, location]).toEqual([name, undefined]);
    }
  });

  it('describes its parameters, and requires those of its path', () => {
    for (const [name, { parameters = [] }] of operations) {
      for (const parameter of parameters) {
        expect([name, parameter]).toEqual([
          name,
          expect.objectContaining({
            description: expect.stringMatching(/\w/),
            required: parameter.in === 'path',
          }),
        ]);
      }
      const inPath = parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      const inName = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      expect([name, inPath]).toEqual([name, inName]);
    }
  });

  it('has examples of its body', () => {
    const withBody = operations.filter(([, { requestBody }]) => requestBody);
    expect(withBody.map(([, { operationId }]) => operationId).sort()).toEqual([
      'cancelAgUi',
      'cancelAiSdk',
      'cancelTurn',
      'chatAiSdk',
      'createSession',
      'putSession',
      'resumeTurn',
      'runAgUi',
      'sendMessage',
      'updateSession',
    ]);
    for (const [name, { requestBody }] of withBody) {
      const isRequired = /\/(messages|resume|ag-ui|ai-sdk)$/.test(name) || name.startsWith('PATCH');
      expect([name, requestBody?.required]).toEqual([name, isRequired]);
      const examples = Object.values(requestBody?.content['application/json']?.examples ?? {});
      for (const { value } of examples) expect([name, typeof value]).toEqual([name, 'object']);
      expect([name, examples.length]).not.toEqual([name, 0]);
    }
  });
});

describe('the OpenAPI document', () => {
  const locked = useServer({ args: ['--api-key', 'key', '--allow-custom-ids'] });

  it('names no other host', () => {
    expect(document.openapi).toMatch(/^3\.0\./);
    expect(document.servers.map(({ url }) => url)).toEqual(['/']);
  });

  it('is the same with --role api', async () => {
    const database = await createTestDatabase();
    try {
      const args = [
        'agent.mjs',
        '--role',
        'api',
        '--database',
        database.url,
        '--redis',
        redisOfItsOwn(),
        '--allow-custom-ids',
      ];
      const api = await startServer(args, { cwd: running.folder });
      try {
        expect(await readDocument(api.url)).toEqual(document);
      } finally {
        await api.stop();
      }
    } finally {
      await database.drop();
    }
  });

  it('differs with an API key only in what concerns the key', async () => {
    const { security, components, ...rest } = await readDocument(locked.server.url);
    expect(security).toEqual([{ bearer: [] }]);
    for (const [name, operation] of operationsOf({ ...rest, components })) {
      const open = name.startsWith('GET /health');
      expect([name, operation.security, '401' in operation.responses]).toEqual([
        name,
        open ? [] : undefined,
        !open,
      ]);
      delete operation.security;
      delete operation.responses['401'];
    }
    expect(components.schemas).toEqual(document.components.schemas);
    expect(rest.paths).toEqual(document.paths);
  });
});
