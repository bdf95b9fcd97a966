import { beforeEach, describe, expect, it } from '@jest/globals';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';
import { ARGUMENTS, circular, fails, hostile, loose, NO_TEXT } from './wrong-arguments.js';

describe.each(mixedStacks)('a call of SessionsService with a wrong argument on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, allowCustomIds: true });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession()));

  it.each(ARGUMENTS)('is refused by name: %s', async (_name, field, call, wrong) => {
    const before = await app.sessions.list();
    for (const [kind, value] of Object.entries(wrong)) {
      const error: unknown = await call(app.sessions, id, value).then(
        () => 'no error',
        (thrown: unknown) => thrown,
      );
      expect([kind, error]).toMatchObject([kind, { response: { code: 'validation_failed' } }]);
      const message = (error as { response: { message: string[] } }).response.message.join();
      expect([kind, message]).toEqual([
        kind,
        expect.stringMatching(`^${field.replace(/[[\]]/g, '\\$&')}[ [.:]`),
      ]);
      expect([kind, message]).toEqual([kind, expect.not.stringMatching(/larger|more than|deeper/)]);
    }
    expect(await app.sessions.list()).toEqual(before);
  });

  it.each<[method: string, path: string, options: Record<string, unknown>]>([
    ['messages', 'messages', { limit: 0 }],
    ['messages', 'messages', { limit: 1_001 }],
    ['messages', 'messages', { limit: 1.5, after: -1 }],
    ['messages', 'messages', { after: 2 ** 31 }],
    ['turns', 'turns', { limit: 'x', after: -1 }],
    ['turns', 'turns', { after: 2 ** 31 }],
    ['deliveries', 'deliveries', { limit: -5 }],
    ['eventBatches', 'events', { after: -1 }],
    ['eventBatches', 'events', { after: 'x' }],
    ['eventBatches', 'events', { turn: 'x' }],
  ])('is refused in the words of HTTP: %s, as /%s?%j', async (method, path, options) => {
    const query = new URLSearchParams(options as Record<string, string>).toString();
    const { status, body } = await app.client.request('GET', `/sessions/${id}/${path}?${query}`);
    expect(status).toBe(422);
    await expect(loose(app.sessions)[method]?.(id, options)).rejects.toMatchObject({ response: body });
  });

  it('is refused with the names of all wrong options at once', async () => {
    const problems = app.sessions.messages(id, { limit: 0, after: -1, ids: 'x' as never });
    await expect(problems).rejects.toMatchObject({
      response: {
        message: [
          'after must not be less than 0',
          'limit must not be less than 1',
          'ids must be true or false',
        ],
      },
    });
  });

  it.each<[kind: string, part: unknown, problem: string]>([
    ['a BigInt', { a: [{ b: 5n }] }, 'metadata.a[0].b must be JSON, but is of type bigint'],
    ['a symbol', { a: Symbol('s') }, 'metadata.a must be JSON, but is of type symbol'],
    ['a function', { a: fails }, 'metadata.a must be JSON, but is of type function'],
    ['a Map', { a: new Map() }, 'metadata.a must be JSON, but is of type Map'],
    ['a promise', { a: Promise.resolve(5) }, 'metadata.a must be JSON, but is of type Promise'],
    ['NaN', { a: NaN }, 'metadata.a must be JSON, but is NaN'],
    ['Infinity', { a: -Infinity }, 'metadata.a must be JSON, but is -Infinity'],
    ['itself', circular(), 'metadata.self.value must not contain itself'],
    ['a proxy', { a: hostile() }, 'metadata.a cannot be read, because that throws an error'],
    [
      'a getter that throws',
      {
        get a() {
          return fails();
        },
      },
      'metadata.a cannot be read, because that throws an error',
    ],
    [
      'a toJSON that throws',
      { a: { toJSON: fails } },
      'metadata.a cannot be read, because that throws an error',
    ],
    [
      'a toJSON that returns U+0000',
      { a: { toJSON: () => '\0' } },
      'metadata.a must not contain U+0000 or a lone surrogate',
    ],
  ])('is refused if it contains %s, which is no JSON', async (_kind, metadata, problem) => {
    const response = { code: 'validation_failed', message: [problem] };
    await expect(app.sessions.create({ metadata } as never)).rejects.toMatchObject({ response });
    await expect(app.sessions.update(id, { metadata } as never)).rejects.toMatchObject({ response });
    expect(await app.sessions.get(id)).not.toHaveProperty('metadata');
  });

  it('finds no session, turn, question or delivery for an id that is no text', async () => {
    for (const odd of Object.values({ ...NO_TEXT, undefined })) {
      const wrong = odd as string;
      const found = { response: { statusCode: 404 } };
      await expect(app.sessions.get(wrong)).rejects.toMatchObject(found);
      await expect(app.sessions.delete(wrong)).rejects.toMatchObject(found);
      await expect(app.sessions.send(wrong, {})).rejects.toMatchObject(found);
      await expect(app.sessions.messages(wrong)).rejects.toMatchObject(found);
      await expect(app.sessions.turn(id, wrong)).rejects.toMatchObject(found);
      await expect(app.sessions.redeliver(id, wrong)).rejects.toMatchObject(found);
      await expect(app.sessions.events(wrong).next()).rejects.toMatchObject(found);
      await expect(app.sessions.put(wrong)).rejects.toMatchObject({
        response: { code: 'invalid_session_id' },
      });
    }
  });
});

describe.each(mixedStacks)('a call of SessionsService on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent() });

  it('returns and stores what JSON makes of its request', async () => {
    const at = new Date(0);
    const created = await app.sessions.create({ metadata: { at, left: undefined } });
    expect(created.metadata).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect((await app.sessions.get(created.session_id)).metadata).toEqual(created.metadata);
  });

  it('uses its request as it was at the call', async () => {
    const metadata = { customer: 'ada' };
    const creation = app.sessions.create({ metadata }, { idempotencyKey: 'key' });
    metadata.customer = 'bob';
    const { session_id, ...created } = await creation;
    expect(created.metadata).toEqual({ customer: 'ada' });
    expect((await app.sessions.get(session_id)).metadata).toEqual({ customer: 'ada' });
  });

  it('may wait without limit', async () => {
    const { session_id } = await app.sessions.create();
    await app.sessions.send(session_id, { content: 'hello' });
    const session = await app.sessions.get(session_id, { wait: true, timeout: Infinity });
    expect(session.response?.content).toBe('You said: hello');
  });
});
