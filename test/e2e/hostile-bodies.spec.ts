import { beforeEach, describe, expect, it } from '@jest/globals';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';

const REFUSED = { status: 422, body: { statusCode: 422, code: 'validation_failed' } };

function nested(depth: number, open = '{"a":', close = '}', core = '1'): string {
  return open.repeat(depth) + core + close.repeat(depth);
}

/** Bodies as sent over the wire, each with the expected part of the error. */
const UNSAFE: [string, string, string][] = [
  ['U+0000 in content', '{"content":"a\\u0000b"}', 'content'],
  ['U+0000 in a role', '{"role":"\\u0000"}', 'role'],
  ['U+0000 in a key', '{"user_params":{"a\\u0000":1}}', 'user_params.a\uFFFD'],
  ['U+0000 in an unknown field', '{"mood":["\\u0000"]}', 'mood[0]'],
  ['U+0000 deep within', '{"user_params":{"a":[{"b":"\\u0000"}]}}', 'user_params.a[0].b'],
  ['U+0000 in a webhook', '{"webhook":{"url":"https://example.com/\\u0000"}}', 'webhook.url'],
  ['a high surrogate alone', '{"content":"\\ud83d"}', 'content'],
  ['a low surrogate alone', '{"content":"\\ude00 "}', 'content'],
  ['surrogates the wrong way round', '{"content":"\\ude00\\ud83d"}', 'content'],
  ['a surrogate in a key', '{"user_params":{"\\ud800":1}}', 'user_params.\uFFFD'],
  ['a surrogate in tool calls', '{"tool_calls":[{"id":"\\udfff"}]}', 'tool_calls[0].id'],
  ['a __proto__ key', '{"__proto__":{"polluted":1}}', '__proto__'],
  ['a __proto__ key within', '{"user_params":{"__proto__":{"polluted":1}}}', 'user_params.__proto__'],
  ['nesting over 64', `{"user_params":${nested(64)}}`, 'nested deeper'],
  ['nesting of 5,000', `{"user_params":${nested(5_000)}}`, 'nested deeper'],
  ['lists nested 5,000 deep', `{"mood":${nested(5_000, '[', ']')}}`, 'nested deeper'],
];

const NO_OBJECT = ['[]', '[{"content":"x"}]', '["x"]'];
const NO_JSON_OBJECT = ['null', '"text"', '5', 'true', '{', '{"content":"x"', '\u0000', "{'content':'x'}"];

describe.each(mixedStacks)('a hostile body on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, allowCustomIds: true });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession()));

  async function expectHealthy(): Promise<void> {
    expect((await app.client.get(id)).body.status).toBe('idle');
    expect(await app.client.ask(id, 'hello')).toMatchObject({ response: { content: 'You said: hello' } });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  }

  it.each(UNSAFE)('with %s is refused, naming the field', async (_kind, text, field) => {
    const { status, body } = await app.client.request('POST', `/sessions/${id}/messages`, { text });
    expect({ status, body }).toMatchObject(REFUSED);
    expect((body as { message: string[] }).message.join()).toContain(field);
    await expectHealthy();
  });

  it.each(UNSAFE)('with %s creates and cancels nothing', async (_kind, text) => {
    const before = (await app.client.list()).body.length;
    for (const wrapped of [`{"metadata":${text}}`, `{"state":[${text}]}`]) {
      expect(await app.client.request('POST', '/sessions', { text: wrapped })).toMatchObject(REFUSED);
    }
    expect(await app.client.request('POST', `/sessions/${id}/cancel`, { text })).toMatchObject(REFUSED);
    expect((await app.client.list()).body).toHaveLength(before);
  });

  it.each(NO_OBJECT)('that is an array is refused: %s', async (text) => {
    for (const path of ['/sessions', `/sessions/${id}/messages`, `/sessions/${id}/cancel`]) {
      expect(await app.client.request('POST', path, { text })).toMatchObject(REFUSED);
    }
    await expectHealthy();
  });

  it.each(NO_JSON_OBJECT)('that is not a JSON object is a client error: %j', async (text) => {
    const { status } = await app.client.request('POST', `/sessions/${id}/messages`, { text });
    expect([400, 422]).toContain(status);
    await expectHealthy();
  });

  it.each([
    '{"constructor":{"name":"x"},"content":"hello"}',
    '{"content":"hello","user_params":{"constructor":1,"prototype":{"polluted":1},"toString":null}}',
    '{"content":"hello","tool_calls":[{"id":"a","type":"function","constructor":5,' +
      '"function":{"name":"f","arguments":"{}","constructor":"x","hasOwnProperty":1}}]}',
    '{"content":"hello","webhook":{"url":"https://example.invalid","constructor":null,"then":1}}',
    '{"content":"hello","toJSON":1,"then":{},"valueOf":"x","length":-1}',
  ])('with the names of JavaScript’s own properties is accepted: %s', async (text) => {
    expect(await app.client.request('POST', `/sessions/${id}/messages`, { text })).toMatchObject({
      status: 202,
    });
    await app.client.settled(id);
    const sent = JSON.parse(text) as { user_params?: object };
    expect((await app.client.messages(id)).body[0]?.user_params).toEqual(sent.user_params);
    await expectHealthy();
  });

  it('may be nested 64 levels deep, and is returned unchanged', async () => {
    const user_params = JSON.parse(nested(63)) as Record<string, unknown>;
    expect((await app.client.send(id, { content: 'x', user_params })).status).toBe(202);
    await app.client.settled(id);
    expect((await app.client.messages(id)).body[0]?.user_params).toEqual(user_params);
    const metadata = user_params;
    expect((await app.client.create({ metadata })).body.metadata).toEqual(metadata);
  });

  it('with 5,000 keys is returned unchanged', async () => {
    const user_params = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index]));
    expect((await app.client.send(id, { content: 'x', user_params })).status).toBe(202);
    await app.client.settled(id);
    expect((await app.client.messages(id)).body[0]?.user_params).toEqual(user_params);
  });

  it('with 10,000 unknown fields or messages is handled quickly', async () => {
    const fields = `{${Array.from({ length: 9_000 }, (_, index) => `"k${index}":1`).join()},"content":"x"}`;
    expect(await app.client.request('POST', `/sessions/${id}/messages`, { text: fields })).toMatchObject({
      status: 202,
    });
    await app.client.settled(id);
    const state = `{"state":[${'{},'.repeat(10_000)}{}]}`;
    const start = performance.now();
    const refused = await app.client.request('POST', '/sessions', { text: state });
    expect(refused).toMatchObject(REFUSED);
    expect(performance.now() - start).toBeLessThan(2_000);
    await expectHealthy();
  });

  it('that is larger than the host allows is 413', async () => {
    expect(await app.client.send(id, 'x'.repeat(1_200_000))).toMatchObject({ status: 413 });
    await expectHealthy();
  });
});
