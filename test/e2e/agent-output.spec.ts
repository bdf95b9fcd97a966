import { beforeEach, describe, expect, it } from '@jest/globals';

import type { ChatMessage, TurnOutput } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

const BEFORE: ChatMessage[] = [
  { role: 'user', content: 'before' },
  { role: 'assistant', content: 'yes?' },
];
const CALL: ChatMessage = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
};
const RESULT: ChatMessage = { role: 'tool', content: 'found', tool_call_id: 'c', name: 'f' };
const RESPONSE: ChatMessage = {
  role: 'assistant',
  content: 'the answer',
  reasoning: 'since…',
  reasoning_details: [{ type: 'text', steps: [1, 2] }],
  user_params: { mood: 'good' },
};

describe.each(expressStacks)('the result of an agent on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession({ state: BEFORE })));

  /** Makes the agent return this value; returns the message for it. */
  async function answering(output: unknown): Promise<ChatMessage> {
    const content = agent.does(() => output as TurnOutput);
    await app.client.ask(id, content);
    return { role: 'user', content };
  }

  async function expectRecorded(response: ChatMessage, history: ChatMessage[]): Promise<void> {
    const { body } = await app.client.get(id);
    expect(body).toMatchObject({ status: 'idle', error: null });
    expect(body.response).toEqual(response);
    expect((await app.client.messages(id)).body).toEqual(history);
    expect((await app.client.turns(id)).body.at(-1)?.response).toEqual(response);
    const listed = (await app.client.list()).body.find(({ session_id }) => session_id === id);
    expect(listed?.total_messages).toBe(history.length);
  }

  it.each(['hello', ''])('may be a string: "%s"', async (text) => {
    const message = await answering(text);
    const response: ChatMessage = { role: 'assistant', content: text };
    await expectRecorded(response, [...BEFORE, message, response]);
  });

  it('may be a message', async () => {
    const message = await answering(RESPONSE);
    await expectRecorded(RESPONSE, [...BEFORE, message, RESPONSE]);
  });

  it('may be only a response', async () => {
    const message = await answering({ response: RESPONSE });
    await expectRecorded(RESPONSE, [...BEFORE, message, RESPONSE]);
  });

  it('may be a response and the messages before it', async () => {
    const message = await answering({ response: RESPONSE, messages: [CALL, RESULT] });
    await expectRecorded(RESPONSE, [...BEFORE, message, CALL, RESULT, RESPONSE]);
  });

  it.each([
    ['longer', [...BEFORE, CALL, RESULT, RESPONSE, CALL, RESULT]],
    ['shorter', [RESPONSE]],
    ['empty', []],
  ])('may replace the history by a %s one', async (_kind, history) => {
    await answering({ response: RESPONSE, history });
    await expectRecorded(RESPONSE, history);
    const message = await answering('next');
    const next: ChatMessage = { role: 'assistant', content: 'next' };
    await expectRecorded(next, [...history, message, next]);
  });

  it('is stored without nulls and unknown fields', async () => {
    const message = await answering({ ...RESPONSE, name: null, tool_calls: undefined, mood: 'good' });
    await expectRecorded(RESPONSE, [...BEFORE, message, RESPONSE]);
  });

  it('gets U+FFFD for characters that no database can store', async () => {
    const message = await answering({
      response: { role: 'assistant', content: 'a\0b \ud83d \ude00 😀', user_params: { 'k\0': ['\ud800'] } },
      messages: [{ role: 'tool', content: '\udc00', name: '\0' }],
    });
    const response: ChatMessage = {
      role: 'assistant',
      content: 'a\uFFFDb \uFFFD \uFFFD 😀',
      user_params: { 'k\uFFFD': ['\uFFFD'] },
    };
    const between: ChatMessage = { role: 'tool', content: '\uFFFD', name: '\uFFFD' };
    await expectRecorded(response, [...BEFORE, message, between, response]);
  });

  it.each([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 5, 'a number'],
    ['a list', [RESPONSE], 'an array'],
    ['an object that is no message', { text: 'hello' }, 'role undefined'],
    ['an unknown role', { role: 'robot', content: '' }, 'role "robot"'],
    ['content that is no text', { role: 'assistant', content: { text: 'x' } }, 'content an object'],
    ['no response', { response: null }, 'null as response'],
    ['a response that is text', { response: 'hello' }, '"hello" as response'],
    ['messages that are no list', { response: RESPONSE, messages: RESULT }, 'an object as messages'],
    ['a bad message among them', { response: RESPONSE, messages: [CALL, {}] }, 'messages[1]'],
    ['a bad history', { response: RESPONSE, history: ['x'] }, 'history[0]'],
    ['both', { response: RESPONSE, messages: [], history: [] }, 'both messages and history'],
    ['bad tool calls', { ...CALL, tool_calls: [{ id: 'c' }] }, 'tool_calls'],
    ['user_params that are no object', { ...RESPONSE, user_params: [] }, 'user_params'],
    ['what is no JSON', { ...RESPONSE, user_params: { big: 1n } }, 'no JSON'],
  ])('that is invalid ends the turn with the expected form: %s', async (_kind, output, problem) => {
    await answering(output);
    const { body } = await app.client.get(id);
    expect(body).toMatchObject({ status: 'error', response: null });
    expect(body.error).toContain(problem);
    expect(body.error).toMatch(/^The agent returned .*(expected a string, a ChatMessage|no JSON)/);
    expect((await app.client.messages(id)).body).toEqual(BEFORE);
  });
});
