import { beforeEach, describe, expect, it } from '@jest/globals';

import type { ChatMessage, MessageRequest, Turn } from '../../src/index.js';
import { USED } from '../support/instants.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';

describe.each(mixedStacks)('messages on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession()));

  it('are accepted at once, and answered in the background', async () => {
    const held = agent.holds();
    const { status, headers, body } = await app.client.send(id, held.content);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/sessions/${id}`);
    expect(body).toEqual({ session_id: id, status: 'running', turn_id: expect.any(String) });
    expect((await app.client.get(id)).body).toEqual({
      session_id: id,
      status: 'running',
      response: null,
      error: null,
      interrupts: null,
      ...USED,
      turn_id: body.turn_id,
    });
    expect((await held.started).turnId).toBe(body.turn_id);
    expect((await app.client.messages(id)).body).toEqual([]);

    held.answer('hi there');
    const response = { role: 'assistant', content: 'hi there' };
    expect(await app.client.settled(id)).toEqual({
      session_id: id,
      status: 'idle',
      response,
      error: null,
      interrupts: null,
      ...USED,
      turn_id: body.turn_id,
    });
    expect((await app.client.messages(id)).body).toEqual([{ role: 'user', content: held.content }, response]);
  });

  it('are refused while a turn runs, with the id of that turn', async () => {
    const held = agent.holds();
    const { body: first } = await app.client.send(id, held.content);
    const second = await app.client.send(id, 'me too');
    expect(second.status).toBe(409);
    expect(second.body).toEqual({
      statusCode: 409,
      error: 'Conflict',
      code: 'session_busy',
      message: expect.stringContaining(id),
      turn_id: first.turn_id,
    });
    held.answer('done');
    await app.client.settled(id);
    expect(await app.client.ask(id, 'me too')).toMatchObject({ response: { content: 'You said: me too' } });
  });

  it('may be empty: {} is a message of the user', async () => {
    await app.client.ask(id, {});
    expect((await app.client.messages(id)).body[0]).toEqual({ role: 'user', content: null });
  });

  it('accept null for every optional field', async () => {
    const text = `{"content":null,"reasoning":null,"reasoning_details":null,"tool_calls":null,
      "tool_call_id":null,"name":null,"base64_image":null,"user_params":null,"webhook":null}`;
    expect(await app.client.request('POST', `/sessions/${id}/messages`, { text })).toMatchObject({
      status: 202,
    });
    await app.client.settled(id);
    expect((await app.client.messages(id)).body[0]).toEqual({ role: 'user', content: null });
  });

  it('keep every known field, for the agent and in the history; unknown ones are dropped', async () => {
    let turn: Turn | undefined;
    const message: ChatMessage = {
      role: 'tool',
      content: agent.does((given) => {
        turn = given;
        return 'ok';
      }),
      reasoning: 'since…',
      reasoning_details: [{ type: 'text', text: 'ü' }],
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      tool_call_id: 'call_1',
      name: 'ada',
      base64_image: 'aGVsbG8=',
      user_params: {
        user: 'ada',
        flags: { beta: true },
        list: [1, 2.5, null],
        '': 'empty',
        'ключ 😀': '\u2028',
      },
    };
    await app.client.ask(id, { ...message, mood: 'good' } as MessageRequest);
    expect(turn?.message).toEqual(message);
    expect((await app.client.messages(id)).body[0]).toEqual(message);
    expect((await app.client.turns(id)).body[0]?.message).toEqual(message);
  });

  it('reach the agent with the conversation before them', async () => {
    const histories: ChatMessage[][] = [];
    const notes = () =>
      agent.does(({ history }) => {
        histories.push(history);
        return `answer ${histories.length}`;
      });
    const [one, two] = [notes(), notes()];
    await app.client.ask(id, one);
    await app.client.ask(id, two);
    expect(histories).toEqual([
      [],
      [
        { role: 'user', content: one },
        { role: 'assistant', content: 'answer 1' },
      ],
    ]);
  });

  it('keep long texts completely', async () => {
    const content = '😀ü'.repeat(10_000);
    expect((await app.client.ask(id, content)).response?.content).toBe(`You said: ${content}`);
    expect((await app.client.messages(id)).body[0]?.content).toBe(content);
  });

  it.each([
    [{ role: 'robot' }, 'role'],
    [{ role: 5 }, 'role'],
    [{ content: 5 }, 'content'],
    [{ content: ['hello'] }, 'content'],
    [{ user_params: 'x' }, 'user_params'],
    [{ user_params: [] }, 'user_params'],
    [{ tool_calls: {} }, 'tool_calls'],
    [{ tool_calls: ['x'] }, 'tool_calls'],
    [
      { tool_calls: [{ id: 'a', type: 'other', function: { name: 'f', arguments: '' } }] },
      'tool_calls[0].type',
    ],
    [
      { tool_calls: [{ id: 'a', type: 'function', function: { name: 'f' } }] },
      'tool_calls[0].function.arguments',
    ],
    [{ reasoning_details: ['x'] }, 'reasoning_details'],
    [{ tool_call_id: 1 }, 'tool_call_id'],
    [{ name: {} }, 'name'],
    [{ base64_image: 1 }, 'base64_image'],
  ])('are refused with a message that names the field: %j', async (json, field) => {
    expect(await app.client.request('POST', `/sessions/${id}/messages`, { json })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(field)] },
    });
    expect((await app.client.get(id)).body.status).toBe('idle');
  });

  it('are refused with all bad fields listed', async () => {
    const json = { role: 'robot', content: 5, name: 6 };
    const { body } = await app.client.request('POST', `/sessions/${id}/messages`, { json });
    const named = [/^role /, /^content /, /^name /].map((field) => expect.stringMatching(field));
    expect(body).toMatchObject({ message: expect.arrayContaining(named) });
  });

  it('are refused without a body', async () => {
    expect(await app.client.request('POST', `/sessions/${id}/messages`)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
  });
});
