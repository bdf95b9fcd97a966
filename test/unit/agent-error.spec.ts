import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { describeAgentError, locateAgentError } from '../../src/agents/agent-error.js';
import { isStorableText } from '../../src/json/json-safety.js';

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
  it('is its class and position, without its message', () => {
    const located = locateAgentError(new TypeError('the customer said:\n    at home'));
    expect(located).toMatch(/^TypeError at .*agent-error\.spec\.ts:\d+:\d+\)?$/);
    expect(located).not.toContain('customer');
  });

  it('is found at once, however much blank space a stack has', () => {
    const stack = `Error: no\n${' '.repeat(200_000)}${'\n'.repeat(50_000)}`;
    const began = performance.now();
    expect(locateAgentError(Object.assign(new Error('no'), { stack }))).toBe('Error');
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('is not searched for in the stack of a very long message, which V8 would make first', () => {
    const stack = jest.fn();
    const error = Object.defineProperty(new TypeError('x'.repeat(100_000)), 'stack', { get: stack });
    expect(locateAgentError(error)).toBe('TypeError');
    expect(stack).not.toHaveBeenCalled();
  });

  it.each([[undefined], [null], ['text'], [{ stack: 5 }]])('is described for %j, too', (thrown) => {
    expect(locateAgentError(thrown)).toEqual(expect.any(String));
  });
});
