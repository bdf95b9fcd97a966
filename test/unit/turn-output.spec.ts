import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { AgentOutputError } from '../../src/agents/agent-output-error.js';
import { readTurnOutput as readWithin } from '../../src/agents/turn-output.js';
import { type ChatMessage } from '../../src/index.js';
import { isStorableText } from '../../src/json/json-safety.js';

const MAX_HISTORY = 64 * 1024 * 1024;
const readTurnOutput = (output: unknown, message: ChatMessage) => readWithin(output, message, MAX_HISTORY);

const ASKED: ChatMessage = { role: 'user', content: 'hello' };
const RESPONSE: ChatMessage = { role: 'assistant', content: 'hi' };
const TOOL: ChatMessage = { role: 'tool', content: 'found', tool_call_id: 'c' };

describe('the result of an agent', () => {
  it.each<[string, unknown, ChatMessage[], boolean]>([
    ['a text', 'hi', [ASKED, RESPONSE], false],
    ['a message', RESPONSE, [ASKED, RESPONSE], false],
    ['a response', { response: RESPONSE }, [ASKED, RESPONSE], false],
    ['no messages', { response: RESPONSE, messages: undefined }, [ASKED, RESPONSE], false],
    ['no history', { response: RESPONSE, history: undefined }, [ASKED, RESPONSE], false],
    ['messages', { response: RESPONSE, messages: [TOOL] }, [ASKED, TOOL, RESPONSE], false],
    ['a history', { response: RESPONSE, history: [TOOL] }, [TOOL], true],
    ['an empty history', { response: RESPONSE, history: [] }, [], true],
  ])('is normalised: %s', (_kind, output, messages, replacesHistory) => {
    expect(readTurnOutput(output, ASKED)).toEqual({ response: RESPONSE, messages, replacesHistory });
  });

  it('is copied: later changes by the agent have no effect', () => {
    const response = { ...RESPONSE, user_params: { list: [1] } };
    const result = readTurnOutput(response, ASKED);
    response.user_params.list.push(2);
    expect(result.response.user_params).toEqual({ list: [1] });
  });

  it.each<[unknown, string]>([
    [undefined, 'The agent returned undefined;'],
    [null, 'The agent returned null;'],
    [5, 'The agent returned a number;'],
    [true, 'The agent returned a boolean;'],
    [() => 'hi', 'The agent returned a function;'],
    [[RESPONSE], 'The agent returned an array;'],
    [{}, 'The agent returned a message with role undefined;'],
    [{ role: 'bot', content: 'x' }, 'The agent returned a message with role "bot";'],
    [{ role: 'assistant', content: 5 }, 'content a number;'],
    [{ response: 'hi' }, 'The agent returned "hi" as response;'],
    [{ response: RESPONSE, messages: 'x' }, 'The agent returned "x" as messages;'],
    [{ response: RESPONSE, messages: null }, 'The agent returned null as messages;'],
    [{ response: RESPONSE, history: [TOOL, null] }, 'The agent returned null as history[1];'],
    [{ response: RESPONSE, messages: [], history: [] }, 'both messages and history'],
    [{ ...RESPONSE, name: 5 }, 'name a number;'],
    [{ ...RESPONSE, reasoning: {} }, 'reasoning an object;'],
    [{ ...RESPONSE, reasoning_details: [1] }, 'reasoning_details that is no list of objects;'],
    [{ ...RESPONSE, tool_calls: [{ id: 'c', type: 'function' }] }, 'tool_calls that are not like'],
    [{ ...RESPONSE, user_params: [] }, 'user_params that is no object;'],
  ])('%p is refused with the expected form', (output, message) => {
    expect(() => readTurnOutput(output, ASKED)).toThrow(message);
  });

  it('that is not JSON is refused in one line', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const user_params of [cycle, { big: 1n }]) {
      expect(() => readTurnOutput({ ...RESPONSE, user_params }, ASKED)).toThrow(
        /^The agent returned a message that is no JSON: [^\n]+$/,
      );
    }
  });

  it('is the value of its JSON', () => {
    class Reply {
      role = 'assistant';
      #text = 'hi';
      get content(): string {
        return this.#text;
      }
    }
    const withToJson = { role: 'tool', content: 5, toJSON: () => RESPONSE };
    const proxy = new Proxy(RESPONSE, {});
    const dated = { ...RESPONSE, user_params: { at: new Date(0), list: Array(2), gone: undefined } };
    for (const output of [new Reply(), withToJson, proxy, { toJSON: () => ({ response: RESPONSE }) }]) {
      expect(readTurnOutput(output, ASKED)).toEqual({
        response: RESPONSE,
        messages: [ASKED, RESPONSE],
        replacesHistory: false,
      });
    }
    expect(readTurnOutput(dated, ASKED).response.user_params).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      list: [null, null],
    });
  });

  it('is read once, so that a getter cannot change it after the check', () => {
    let readings = 0;
    const shifty = {
      role: 'assistant',
      get content() {
        return readings++ === 0 ? 'hi' : 5;
      },
    };
    expect(readTurnOutput(shifty, ASKED).response).toEqual(RESPONSE);
    expect(readings).toBe(1);
  });

  it('may have fields that are nothing in JSON', () => {
    const response = { ...RESPONSE, name: undefined, user_params: { toJSON: () => undefined } };
    expect(readTurnOutput(response, ASKED).response).toEqual(RESPONSE);
  });

  it('may be nested 500 deep', () => {
    const deep = { ...RESPONSE, user_params: nested(499) };
    expect(readTurnOutput(deep, ASKED).response).toEqual(deep);
  });

  it('begins with the accepted message, unchanged', () => {
    const odd = Object.freeze({ ...ASKED, user_params: { big: 1n } }) as unknown as ChatMessage;
    const { messages } = readTurnOutput('hi', odd);
    expect(messages[0]).toBe(odd);
  });

  it('keeps additional fields of tool calls, and sets their type', () => {
    const call = { id: 'c', function: { name: 'f', arguments: '{}' }, extra_content: { signature: 'x' } };
    const response = { role: 'assistant', content: null, tool_calls: [call] };
    expect(readTurnOutput(response, ASKED).response.tool_calls).toEqual([{ ...call, type: 'function' }]);
  });

  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = (thrown: unknown) => ({
    role: 'assistant',
    get content(): string {
      throw thrown;
    },
  });
  it.each<[string, unknown, RegExp]>([
    [
      'content as a list of parts',
      { role: 'assistant', content: [{ type: 'text', text: 'x' }] },
      /content an array;/,
    ],
    ['content that is a function', { role: 'assistant', content: () => 'x' }, /content a function;/],
    ['content that is not a number', { role: 'assistant', content: NaN }, /content a number;/],
    [
      'content that becomes another thing',
      { role: 'assistant', content: { toJSON: () => 5 } },
      /content a number;/,
    ],
    ['messages with a hole', { response: RESPONSE, messages: Array(1) }, /undefined as messages\[0\];/],
    ['a getter that throws', throwing(new Error('no\nway')), /cannot be read: no;/],
    [
      'a getter that throws what throws',
      throwing({
        toString: () => {
          throw new Error();
        },
      }),
      /cannot be read/,
    ],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      /cannot be read: no;/,
    ],
    ['a proxy that is revoked', revoked, /cannot be read/],
    ['10,001 tool calls', { role: 'assistant', tool_calls: Array(10_001).fill({}) }, /no more than 10000/],
    ['nesting over 500', { ...RESPONSE, user_params: nested(500) }, /deeper than 500 levels/],
    ['nesting without end', { ...RESPONSE, user_params: endless() }, /deeper than 500 levels/],
  ])('is an error in one line: %s', (_what, output, problem) => {
    const error = thrownBy(() => readTurnOutput(output, ASKED));
    expect(error).toBeInstanceOf(AgentOutputError);
    expect(error).toMatchObject({ code: 'output_rejected', message: expect.stringMatching(problem) });
    expect((error as Error).message).not.toContain('\n');
  });

  const text = 'x'.repeat(MAX_HISTORY);
  const texts = Array.from({ length: 6 }, () => text.slice(0, MAX_HISTORY / 5));
  it.each<[string, unknown]>([
    ['a text', text],
    ['a response beside a short history', { response: { role: 'assistant', content: text }, history: [] }],
    ['messages', { response: RESPONSE, messages: texts.map((content) => ({ role: 'tool', content })) }],
    ['a history', { response: RESPONSE, history: texts.map((content) => ({ role: 'user', content })) }],
    ['a value', { ...RESPONSE, user_params: { deep: [{ text }] } }],
    ['keys', { ...RESPONSE, user_params: Object.fromEntries(texts.map((key, i) => [key + String(i), i])) }],
  ])('is refused before its JSON is made if it is larger than maxHistory: %s', (_what, output) => {
    const parse = jest.spyOn(JSON, 'parse');
    const { code, message } = (thrownBy(() => void readTurnOutput(output, ASKED)) ?? {}) as AgentOutputError;
    expect([code, message]).toEqual(['history_too_large', expect.stringContaining('67108864')]);
    for (const [json] of parse.mock.calls) expect(json.length).toBeLessThan(MAX_HISTORY);
    parse.mockRestore();
  });

  it.each<[string, unknown, string]>([
    ['values', { ...RESPONSE, user_params: { list: Array(250_001).fill(1) } }, 'more than 250000 values'],
    [
      'values in all messages together',
      { response: RESPONSE, history: Array(100_000).fill(TOOL) },
      'more than 250000 values',
    ],
    ['keys in one object', { ...RESPONSE, user_params: { of: keys(10_001) } }, 'more than 10000 keys'],
    ['messages', { response: RESPONSE, messages: Array(10_001).fill(TOOL) }, 'no more than 10000 elements'],
  ])('is refused if it has too many %s', (_what, output, problem) => {
    const error = thrownBy(() => readTurnOutput(output, ASKED));
    expect(error).toMatchObject({ code: 'output_rejected', message: expect.stringContaining(problem) });
  });

  it('is always a storable result or an error with one line', () => {
    const roles = fc.constantFrom('system', 'user', 'assistant', 'tool', 'bot');
    const message = fc.record({ role: roles, content: fc.anything(), user_params: fc.anything() });
    const output = fc.oneof(
      fc.anything(),
      message,
      fc.record({ response: message, messages: fc.anything() }, { requiredKeys: ['response'] }),
      fc.record({ response: message, history: fc.array(message) }),
    );
    fc.assert(
      fc.property(output, (value) => {
        try {
          const result = readTurnOutput(value, ASKED);
          expect(JSON.parse(JSON.stringify(result))).toEqual(result);
          expect(isStorableText(result.response.content ?? '')).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AgentOutputError' });
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** So many objects within each other. */
function nested(depth: number): object {
  return JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`) as object;
}

function keys(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
}

function endless(): object {
  return { toJSON: () => ({ more: endless() }) };
}

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
