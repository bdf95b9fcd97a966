import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';
import { times } from '../stores/open-stores.js';

describe.each(mixedStacks)('PATCH of a session on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });

  /** The examples of RFC 7396 that are about objects. */
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{ a: 'foo' }, { a: { b: null, c: { d: null } } }, { a: { c: {} } }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [null, { constructor: { toString: 1 } }, { constructor: { toString: 1 } }],
    [null, {}, {}],
  ])('merges its metadata: %j with %j is %j', async (metadata, patch, merged) => {
    const { body: before } = await app.client.create({ metadata });
    const { status, body } = await app.client.patch(before.session_id, patch);
    expect(status).toBe(200);
    const { updated_at } = body;
    expect(body).toEqual({ ...before, metadata: merged, updated_at });
    expect(updated_at >= before.updated_at).toBe(true);
    expect((await app.client.get(before.session_id)).body).toEqual(body);
  });

  it('removes the metadata with null', async () => {
    const id = await app.client.newSession({ metadata: { a: 1 } });
    expect((await app.client.patch(id, null)).body).not.toHaveProperty('metadata');
    expect((await app.client.get(id)).body).not.toHaveProperty('metadata');
    expect((await app.client.patch(id, { b: 2 })).body).toMatchObject({ metadata: { b: 2 } });
  });

  it('works while a turn runs, whose agent keeps what it got; the next one gets the change', async () => {
    const id = await app.client.newSession({ metadata: { step: 1 } });
    const held = agent.holds();
    await app.client.send(id, held.content);
    const turn = await held.started;
    expect(await app.client.patch(id, { step: 2 })).toMatchObject({
      status: 200,
      body: { status: 'running', turn_id: turn.turnId, metadata: { step: 2 } },
    });
    expect(turn.metadata).toEqual({ step: 1 });
    held.answer('done');
    expect(await app.client.settled(id)).toMatchObject({ status: 'idle', metadata: { step: 2 } });
    const seen = agent.does(({ metadata }) => JSON.stringify(metadata));
    expect(await app.client.ask(id, seen)).toMatchObject({ response: { content: '{"step":2}' } });
  });

  it('loses no change of many at the same time', async () => {
    const id = await app.client.newSession();
    const answers = await times(12, (index) => app.client.patch(id, { [`key${index}`]: index }));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect(Object.keys((await app.client.get(id)).body.metadata ?? {})).toHaveLength(12);
  });

  it('is part of the caller’s transaction in process', async () => {
    const { session_id: id } = await app.sessions.create({ metadata: { a: 1 } }, { owner: 'ada' });
    const update = app.dataSource.transaction(async (manager) => {
      const updated = await app.sessions.update(id, { metadata: { b: 2 } }, { owner: 'ada', manager });
      expect(updated).toMatchObject({ metadata: { a: 1, b: 2 }, owner: 'ada' });
      throw new Error('changed its mind');
    });
    await expect(update).rejects.toThrow('changed its mind');
    expect(await app.sessions.get(id)).toMatchObject({ metadata: { a: 1 }, owner: 'ada' });
    await expect(app.sessions.update(id, { metadata: 5 as never })).rejects.toMatchObject({ status: 422 });
  });

  it('is 404 for a missing session', async () => {
    for (const id of [randomUUID(), 'none']) {
      expect(await app.client.patch(id, {})).toMatchObject({
        status: 404,
        body: { code: 'session_not_found' },
      });
    }
  });

  it.each([
    ['{}', 'metadata must be an object or null'],
    ['{"metadata":5}', 'metadata must be an object or null'],
    ['{"metadata":[]}', 'metadata must be an object or null'],
    ['[]', 'body must be a JSON object'],
    ['{"metadata":{"a":"\\u0000"}}', 'metadata.a must not contain U+0000 or a lone surrogate'],
    ['{"metadata":{"__proto__":1}}', 'metadata.__proto__ is not an allowed key'],
    ['{"metadata":{"a":9007199254740993}}', 'metadata.a must not be an integer beyond'],
  ])('refuses %s by name', async (text, problem) => {
    const id = await app.client.newSession({ metadata: { kept: true } });
    expect(await app.client.request('PATCH', `/sessions/${id}`, { text })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(problem)] },
    });
    expect((await app.client.get(id)).body.metadata).toEqual({ kept: true });
  });

  it('stores a Date of a caller in the process as a new session does', async () => {
    const metadata = { at: new Date(0) };
    const { session_id: id } = await app.sessions.create({ metadata });
    await app.sessions.update(id, { metadata: { ...metadata, then: new Date(1) } });
    expect((await app.client.get(id)).body.metadata).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      then: '1970-01-01T00:00:00.001Z',
    });
  });

  it('refuses a result that a request could not have', async () => {
    const keys = (from: number) =>
      Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`k${from + index}`, 1]));
    const { session_id: id } = await app.sessions.create({ metadata: keys(0) });
    await expect(app.sessions.update(id, { metadata: keys(6_000) })).rejects.toMatchObject({
      response: { message: ['metadata must not have more than 10000 keys'] },
    });
    const half = { text: 'x'.repeat(9 * 1024 * 1024) };
    const large = await app.sessions.create({ metadata: { one: half } });
    await expect(app.sessions.update(large.session_id, { metadata: { two: half } })).rejects.toMatchObject({
      response: { message: ['metadata must not be larger than 16777216 bytes'] },
    });
  });
});
