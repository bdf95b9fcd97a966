import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { describeAgentError } from '../../src/agents/agent-error.js';
import { isStorableText } from '../../src/json/json-safety.js';
import { reportError } from '../../src/logging/error-report.js';
import { printError } from '../../src/logging/printed-error.js';

describe('the error of an agent, as clients see it', () => {
  it.each<[unknown, string]>([
    [new Error('no quota'), 'no quota'],
    [new Error('  first \n second'), 'first'],
    [new Error('\r\n\u2028only'), 'only'],
    [new Error(''), 'Error'],
    [new RangeError(), 'RangeError'],
    ['text', 'text'],
    [{ message: 'plain' }, 'plain'],
    [{ message: 5 }, 'The agent failed'],
    [{}, 'The agent failed'],
    [undefined, 'The agent failed'],
    [null, 'The agent failed'],
    [5, 'The agent failed'],
    [Symbol('s'), 'The agent failed'],
    [new Error(' \n \n'), 'The agent failed'],
    [new Error(`${' \n'.repeat(10_000)}late`), 'The agent failed'],
    [new Error(`😀${'x'.repeat(999)}😀`), `😀${'x'.repeat(998)}`],
    [new Error(`${'x'.repeat(999)}😀`), `${'x'.repeat(999)}\uFFFD`],
  ])('%p is one line', (error, line) => {
    expect(describeAgentError(error)).toBe(line);
  });

  it('can be produced from any thrown value', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap');
        },
        has: () => {
          throw new Error('trap');
        },
      },
    );
    expect(describeAgentError(hostile)).toBe('The agent failed');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.string({ unit: 'binary' }).map((text) => new Error(text)),
        ),
        (thrown) => {
          const line = describeAgentError(thrown);
          expect(line).toMatch(/^[^\r\n\u2028\u2029]{1,1000}$/);
          expect(isStorableText(line)).toBe(true);
        },
      ),
    );
  });
});

describe('the error of an agent, as logs show it', () => {
  const print = (thrown: unknown) => printError(reportError(thrown));

  it('is its class, message and code in one line, with its frames and causes below', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { line, stack = '' } = print(
      Object.assign(new TypeError('fetch failed', { cause }), { code: 'UND_ERR' }),
    );
    expect(line).toBe('TypeError: fetch failed (UND_ERR)');
    const lines = stack.split('\n');
    expect(lines[0]).toMatch(/^ {4}at .*agent-error\.spec\.ts:\d+:\d+\)?$/);
    expect(lines.find((text) => text.includes('Caused by'))).toBe('  Caused by: Error: connect ECONNREFUSED');
    expect(lines.at(-1)).toMatch(/^ {6}at /);
  });

  it('contains the errors of an AggregateError', () => {
    const { line, stack } = print(new AggregateError([new Error('first'), new RangeError('second')]));
    expect(line).toBe('AggregateError');
    expect(stack).toMatch(/^ {2}One of: Error: first$/m);
    expect(stack).toMatch(/^ {2}One of: RangeError: second$/m);
  });

  it('is finite for causes in a cycle', () => {
    const [first, second] = [new Error('first'), new Error('second')];
    first.cause = second;
    second.cause = first;
    expect(print(first).stack?.match(/Caused by/g)).toHaveLength(1);
  });

  it('is bounded, however long the message, the stack and the chain of causes are', () => {
    let error = new Error('x'.repeat(50_000_000));
    for (let depth = 0; depth < 1_000; depth++) error = new Error('y'.repeat(10_000), { cause: error });
    error.stack = `${error.stack ?? ''}\n${`    at ${'z'.repeat(1_000)}\n`.repeat(10_000)}`;
    const many = new AggregateError(Array.from({ length: 10_000 }, () => error));
    const began = performance.now();
    const { line, stack = '' } = print(new Error('z'.repeat(100_000), { cause: many }));
    expect(line.length).toBeLessThan(2_100);
    expect(stack.length).toBeLessThan(200_000);
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('is reported without its stack if its message is very long, because V8 would make the stack of it first', () => {
    const stack = jest.fn();
    const error = Object.defineProperty(new TypeError('x'.repeat(100_000)), 'stack', { get: stack });
    expect(describeAgentError(error)).toBe('x'.repeat(1_000));
    expect(print(error)).toEqual({ line: expect.stringMatching(/^TypeError: x+/) });
    expect(stack).not.toHaveBeenCalled();
  });

  it('can forge no log line and control no terminal', () => {
    const text = 'no\n[Nest] 1 - ERROR all is well\r\u2028\u001B[31mred\n    at home';
    const error = Object.assign(new Error(text, { cause: new Error(text) }), { name: text, code: text });
    error.stack = `${text}\n${text}\n    at file.js:1:1\n[Nest] 2 - forged`;
    const { line, stack = '' } = print(error);
    expect(line).not.toMatch(/[\p{Cc}\u2028]/u);
    for (const printed of stack.split('\n')) expect(printed).toMatch(/^ {2,}[^\p{Cc}\u2028]+$/u);
  });

  it.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
    [Symbol('s'), 'Symbol(s)'],
    ['no more', 'a thrown text: no more'],
    [{ status: 429, code: 'quota', body: 'a message' }, 'a thrown object with status, code, body (quota)'],
    [{}, 'a thrown object'],
    [{ message: 'plain' }, 'Error: plain'],
    [new TypeError(), 'TypeError'],
  ])('is described for %p, too', (thrown, line) => {
    expect(print(thrown).line).toBe(line);
  });

  it('can be printed for any thrown value', () => {
    const trap = () => {
      throw new Error('trap');
    };
    const hostile = new Proxy(new Error('x'), { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap });
    expect(print(hostile)).toEqual({ line: 'a thrown object' });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(print({ message: 'm', errors: proxy, cause: proxy }).line).toBe('Error: m');
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(print(thrown).line).toMatch(/^[^\r\n\u2028\u2029]{1,2100}$/);
      }),
    );
  });
});
