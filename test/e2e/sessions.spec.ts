import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { ChatMessage } from '../../src/index.js';
import { INSTANT } from '../support/instants.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';

const STATE: ChatMessage[] = [
  { role: 'system', content: 'Be brief' },
  { role: 'user', content: 'hello', user_params: { user: 'ada' } },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
  },
  { role: 'tool', content: 'found', tool_call_id: 'call_1', name: 'look' },
];

describe.each(mixedStacks)('sessions on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent(), allowCustomIds: true });
  let id: string;
  beforeEach(() => {
    id = randomUUID();
  });

  it('are created without a body, idle and empty', async () => {
    const { status, headers, body } = await app.client.create();
    expect(status).toBe(201);
    expect(body).toEqual({
      session_id: expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/),
      status: 'idle',
      response: null,
      error: null,
      interrupts: null,
      turn_id: null,
      created_at: INSTANT,
      updated_at: body.created_at,
      last_event_id: 0,
    });
    expect(headers.get('location')).toBe(`/sessions/${body.session_id}`);
    expect((await app.client.get(body.session_id)).body).toEqual(body);
    expect((await app.client.messages(body.session_id)).body).toEqual([]);
  });

  it('are created with a history and metadata if given', async () => {
    const metadata = { customer: 'c-17', nested: { list: [1, null, 'ü😀'] } };
    const { body } = await app.client.create({ state: STATE, metadata });
    expect(body.metadata).toEqual(metadata);
    expect((await app.client.get(body.session_id)).body).toEqual(body);
    expect((await app.client.messages(body.session_id)).body).toEqual(STATE);
  });

  it('accept null for optional fields', async () => {
    const { status, body } = await app.client.create({ state: null, metadata: null });
    expect(status).toBe(201);
    expect(body).not.toHaveProperty('metadata');
  });

  it('drop unknown fields and nulls of the history they start with', async () => {
    const state = [{ role: 'user', content: null, name: null, mood: 'good' }];
    const created = await app.client.newSession({ state: state as ChatMessage[] });
    expect((await app.client.messages(created)).body).toEqual([{ role: 'user', content: null }]);
  });

  it.each([
    [{ state: 'hello' }, 'state'],
    [{ state: {} }, 'state'],
    [{ state: [null] }, 'state'],
    [{ state: [{ content: 'no role' }] }, 'state[0].role'],
    [{ state: [{ role: 'user' }, { role: 'robot', content: '' }] }, 'state[1].role'],
    [{ state: [{ role: 'user', content: 5 }] }, 'state[0].content'],
    [{ state: [{ role: 'user', user_params: [] }] }, 'state[0].user_params'],
    [{ state: [{ role: 'assistant', tool_calls: [{ id: 'x' }] }] }, 'state[0].tool_calls[0].function'],
    [{ metadata: 'x' }, 'metadata'],
    [{ metadata: [] }, 'metadata'],
  ])('are refused with a message that names the field: %j', async (json, field) => {
    const { status, body } = await app.client.request('POST', '/sessions', { json });
    expect(status).toBe(422);
    expect(body).toEqual({
      statusCode: 422,
      error: 'Unprocessable Entity',
      code: 'validation_failed',
      message: expect.arrayContaining([expect.stringContaining(`${field} `)]),
    });
  });

  it('can be created once under an id that the client chooses', async () => {
    const { status, headers, body } = await app.client.put(id, { state: STATE });
    expect(status).toBe(201);
    expect(body.session_id).toBe(id);
    expect(headers.get('location')).toBe(`/sessions/${id}`);

    expect(await app.client.put(id)).toMatchObject({ status: 409, body: { code: 'session_exists' } });
    expect((await app.client.messages(id)).body).toEqual(STATE);
  });

  it('are found under an id in capitals', async () => {
    const { body } = await app.client.put(id.toUpperCase());
    expect(body.session_id).toBe(id);
    expect(await app.client.put(id)).toMatchObject({ status: 409 });
    expect((await app.client.get(id.toUpperCase())).body.session_id).toBe(id);
  });

  it.each(['my-session', '123', '550e8400-e29b-41d4-a716-4466554400000', '%00', 'x'.repeat(80)])(
    'are refused with an id that is not a UUID: %s',
    async (bad) => {
      expect(await app.client.put(bad)).toMatchObject({ status: 400, body: { code: 'invalid_session_id' } });
    },
  );

  it('are 404 under an unknown id, UUID or not', async () => {
    for (const unknown of [id, 'my-session', '%00', "'%20OR%201=1"]) {
      const notFound = { status: 404, body: { statusCode: 404, code: 'session_not_found' } };
      expect(await app.client.get(unknown)).toMatchObject(notFound);
      expect(await app.client.get(unknown, '?wait=true')).toMatchObject(notFound);
      expect(await app.client.messages(unknown)).toMatchObject(notFound);
      expect(await app.client.turns(unknown)).toMatchObject(notFound);
      expect(await app.client.send(unknown, 'hello')).toMatchObject(notFound);
      expect(await app.client.cancel(unknown)).toMatchObject(notFound);
      expect(await app.client.delete(unknown)).toMatchObject(notFound);
    }
  });

  it('that are deleted are gone with all their rows', async () => {
    await app.client.put(id, { state: STATE });
    await app.client.ask(id, 'hello');
    expect(await app.client.delete(id)).toMatchObject({ status: 204, body: undefined });
    expect(await app.client.get(id)).toMatchObject({ status: 404 });
    expect(await app.client.delete(id)).toMatchObject({ status: 404 });

    await app.client.put(id);
    expect((await app.client.messages(id)).body).toEqual([]);
    expect((await app.client.turns(id)).body).toEqual([]);
  });
});

describe.each(mixedStacks)('session ids that the client chooses on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent() });

  it('are refused unless the host allows them', async () => {
    for (const id of [randomUUID(), 'my-session']) {
      expect(await app.client.put(id)).toMatchObject({ status: 405, body: { code: 'custom_ids_disabled' } });
    }
    expect((await app.client.list()).body).toEqual([]);
  });
});
