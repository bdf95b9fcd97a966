import { describe, expect, it } from '@jest/globals';

import { CallContext } from '../../src/agents/call-context.js';
import { Gate } from '../support/gate.js';

describe('the context of calls', () => {
  it('lasts over awaits as long as a call is in progress, whichever ends first', async () => {
    const context = new CallContext<string>();
    const [first, second] = [new Gate(), new Gate()];
    const call = async (value: string, opened: Promise<unknown>) => {
      const ended = context.begin();
      try {
        return await context.run(value, async () => {
          await opened;
          return context.current;
        });
      } finally {
        ended();
      }
    };
    const [one, two] = [call('one', first.opened), call('two', second.opened)];
    expect(context.current).toBeUndefined();
    first.open();
    expect(await one).toBe('one');
    second.open();
    expect(await two).toBe('two');
  });
});
