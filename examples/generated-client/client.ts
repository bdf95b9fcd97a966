// A client whose types are generated from the server's OpenAPI document. How to run it: examples/README.md
import createClient from 'openapi-fetch';
import { randomUUID } from 'node:crypto';

import type { components, paths } from './schema.js';

const api = createClient<paths>({ baseUrl: process.argv[2] ?? 'http://127.0.0.1:8000' });

const { session_id } = dataOf(await api.POST('/sessions'));
const params = { path: { session_id } };

// With a key the request can be repeated until it is answered: the message is accepted only once.
dataOf(
  await api.POST('/sessions/{session_id}/messages', {
    params: { ...params, header: { 'Idempotency-Key': randomUUID() } },
    body: { content: 'weather Paris' },
  }),
);

let session = await wait();
while (session.status === 'running') session = await wait();
console.log(session.response?.content ?? session.error);

const messages = dataOf(await api.GET('/sessions/{session_id}/messages', { params }));
for (const { role, content, tool_calls } of messages) {
  console.log(`  ${role}: ${content ?? tool_calls?.map((call) => call.function.name).join(', ')}`);
}

async function wait() {
  const query = { wait: 'true', timeout: 30 } as const;
  return dataOf(await api.GET('/sessions/{session_id}', { params: { ...params, query } }));
}

/** The body of a successful response; throws for an error response. */
function dataOf<T>({ data, error }: { data?: T; error?: components['schemas']['AgentSessionsError'] }): T {
  if (error) throw new Error(`${error.code}: ${String(error.message)}`);
  if (data === undefined) throw new Error('The response has no body');
  return data;
}
