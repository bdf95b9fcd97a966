import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';

/** Bodies as sent over the wire, each with the field that the answer must name. */
const UNSAFE_NUMBERS: [string, string][] = [
  ['{"user_params":{"id":9007199254740993}}', 'user_params.id must not be an integer beyond 2^53 - 1'],
  [
    '{"user_params":{"ids":[1,-9007199254740993]}}',
    'user_params.ids[1] must not be an integer beyond 2^53 - 1',
  ],
  ['{"unknown":12345678901234567890}', 'unknown must not be an integer beyond 2^53 - 1'],
  ['{"user_params":{"x":1e400}}', 'user_params.x must not be a number beyond 1.8e308'],
];

describe.each(mixedStacks)('values in a request on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent() });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession()));

  it.each(UNSAFE_NUMBERS)('are refused if parsing would round them: %s', async (text, problem) => {
    expect(await app.client.request('POST', `/sessions/${id}/messages`, { text })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(problem)] },
    });
    const wrapped = `{"metadata":${text}}`;
    expect(await app.client.request('POST', '/sessions', { text: wrapped })).toMatchObject({
      status: 422,
      body: { message: [expect.stringContaining(`metadata.${problem}`)] },
    });
  });

  it('are kept if they are exact', async () => {
    const text =
      '{"content":"x","user_params":{"a":9007199254740991,"b":-9007199254740991,"c":0.1,"d":-0,"e":1e-400}}';
    expect(await app.client.request('POST', `/sessions/${id}/messages`, { text })).toMatchObject({
      status: 202,
    });
    await app.client.settled(id);
    const [message] = (await app.client.messages(id)).body;
    const { a, b, c, d, e } = message?.user_params as Record<string, number>;
    expect([a, b, c, d, e]).toEqual([2 ** 53 - 1, -(2 ** 53) + 1, 0.1, 0, 0]);
  });

  it('of a tool call may omit the type, and drop unknown fields', async () => {
    const calls = '[{"id":"c","mood":"good","function":{"name":"f","arguments":"{}","strict":true}}]';
    const whole = [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }];
    const text = `{"role":"assistant","tool_calls":${calls}}`;
    await app.client.request('POST', `/sessions/${id}/messages`, { text });
    await app.client.settled(id);
    expect((await app.client.messages(id)).body[0]?.tool_calls).toEqual(whole);
    const created = await app.client.request('POST', '/sessions', { text: `{"state":[${text}]}` });
    const { session_id } = created.body as { session_id: string };
    expect((await app.client.messages(session_id)).body[0]?.tool_calls).toEqual(whole);
  });

  it('in any order of keys, with defaults or without, are the same request', async () => {
    const post = async (text: string, key: string) => {
      const headers = { 'idempotency-key': key };
      return app.client.request('POST', '/sessions', { text, headers });
    };
    const key = randomUUID();
    const first = await post('{"metadata":{"b":1,"10":2,"a":{"y":[1,{}],"x":null}}}', key);
    const same = await post('{"state":null,"metadata":{"a":{"x":null,"y":[1,{}]},"b":1,"10":2}}', key);
    expect([first.status, same.status, same.body]).toEqual([201, 201, first.body]);
    expect((await post('{"metadata":{"b":1,"10":2,"a":{"y":[{},1],"x":null}}}', key)).status).toBe(422);
  });
});
