import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { MessageAccepted, Session } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

const REUSED = { status: 422, body: { statusCode: 422, code: 'idempotency_key_reused' } };

describe.each(expressStacks)('a request with an Idempotency-Key on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  let key: string;
  beforeEach(() => {
    key = randomUUID();
  });

  const post = (path: string, json?: unknown, given = key) =>
    app.client.request('POST', path, { json, headers: { 'idempotency-key': given } });
  const create = async (json?: unknown, given?: string) => {
    const { status, body } = await post('/sessions', json, given);
    expect(status).toBe(201);
    return (body as Session).session_id;
  };

  it('creates one session, for all equivalent bodies', async () => {
    const id = await create();
    for (const same of [{}, { state: null }, { state: [] }, { metadata: null }, { unknown: 1 }]) {
      expect([same, await create(same)]).toEqual([same, id]);
    }
    const { headers } = await post('/sessions');
    expect(headers.get('location')).toBe(`/sessions/${id}`);
  });

  it('cannot be repeated with another body', async () => {
    await create();
    expect(await post('/sessions', { metadata: {} })).toMatchObject(REUSED);
    expect(await post('/sessions', { state: [{ role: 'user', content: 'a' }] })).toMatchObject(REUSED);
  });

  it('starts one turn, for all equivalent bodies, during the turn and after it', async () => {
    const id = await app.client.newSession();
    const held = agent.holds();
    const { content } = held;
    const path = `/sessions/${id}/messages`;
    const first = await post(path, { content });
    expect(first.status).toBe(202);
    await held.started;
    const repeats = [
      { content },
      { role: 'user', content },
      { content, webhook: null },
      { unknown: 1, content, reasoning: null, tool_calls: null },
    ];
    for (const repeat of repeats) {
      expect(await post(path, repeat)).toMatchObject({ status: 202, body: first.body });
    }
    expect(await post(path, { content: 'other' })).toMatchObject(REUSED);
    held.answer('done');
    await app.client.settled(id);
    expect(await post(path, { content })).toMatchObject({ status: 202, body: first.body });
    expect((await app.client.turns(id)).body.map(({ turn_id }) => turn_id)).toEqual([
      (first.body as MessageAccepted).turn_id,
    ]);
  });

  it('treats a webhook with and without its defaults as the same', async () => {
    const id = await app.client.newSession();
    const path = `/sessions/${id}/messages`;
    const url = 'https://example.invalid/hook';
    const first = await post(path, { content: 'a', webhook: { url } });
    const full = { url, token: null, include_messages: false, include_interrupts: false };
    expect(await post(path, { content: 'a', webhook: full })).toMatchObject({
      status: 202,
      body: first.body,
    });
    for (const other of [{ token: 'x' }, { include_messages: true }, { include_interrupts: true }]) {
      expect(await post(path, { content: 'a', webhook: { url, ...other } })).toMatchObject(REUSED);
    }
    await app.client.settled(id);
  });

  it('is scoped to its session and operation', async () => {
    const id = await create();
    const other = await app.client.newSession();
    for (const session of [id, other]) {
      expect(await post(`/sessions/${session}/messages`, {})).toMatchObject({
        status: 202,
        body: { session_id: session },
      });
      await app.client.settled(session);
    }
  });

  it('is deleted with its session', async () => {
    const id = await create();
    await app.client.delete(id);
    expect(await create({ metadata: {} })).not.toBe(id);
    expect(await post(`/sessions/${id}/messages`, {})).toMatchObject({
      status: 404,
      body: { code: 'session_not_found' },
    });
  });

  it('counts as one without a key if the key is empty; a key that is too long is 422', async () => {
    expect(await create({}, '')).not.toBe(await create({}, ''));
    expect(await create({}, 'x'.repeat(255))).toBe(await create({}, 'x'.repeat(255)));
    expect(await post('/sessions', {}, 'x'.repeat(256))).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: ['Idempotency-Key must have at most 255 characters'] },
    });
  });

  it('has one effect when it is sent many times concurrently', async () => {
    const id = await app.client.newSession();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(`/sessions/${id}/messages`, { content: 'a' })),
    );
    for (const { status, body } of answers) {
      expect([202, 409]).toContain(status);
      if (status === 409) expect(body).toMatchObject({ code: 'idempotency_in_progress' });
    }
    await app.client.settled(id);
    const { body: turns } = await app.client.turns(id);
    expect(turns).toHaveLength(1);
    const accepted = answers
      .filter(({ status }) => status === 202)
      .map(({ body }) => body as MessageAccepted);
    expect(new Set(accepted.map(({ turn_id }) => turn_id))).toEqual(new Set([turns[0]?.turn_id]));
  });
});
