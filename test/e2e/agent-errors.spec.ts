import { beforeEach, describe, expect, it } from '@jest/globals';

import { USED } from '../support/instants.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

const UNREADABLE = {
  get message(): string {
    throw new Error('I am not to be read');
  },
};

describe.each(expressStacks)('an agent that fails on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession()));

  it.each<[string, unknown, string]>([
    ['an error', new Error('The model is overloaded'), 'The model is overloaded'],
    [
      'an error of several lines',
      new Error('\n  first line\nsecond line\n    at stack (file.js:1)'),
      'first line',
    ],
    ['an error without a message', new TypeError(), 'TypeError'],
    ['a text', 'out of tokens', 'out of tokens'],
    ['nothing', undefined, 'The agent failed'],
    ['null', null, 'The agent failed'],
    ['an object', { message: 'quota', code: 429 }, 'quota'],
    ['an object without a message', { code: 429 }, 'The agent failed'],
    ['what no database can store', new Error('a\0b\ud83d'), 'a\uFFFDb\uFFFD'],
    ['a very long message', new Error('x'.repeat(5_000)), 'x'.repeat(1_000)],
    ['an object that throws when it is read', UNREADABLE, 'The agent failed'],
  ])('with %s ends the turn with one line', async (_kind, reason, line) => {
    const held = agent.holds();
    held.fail(reason);
    const ended = await app.client.ask(id, held.content);
    const failed = { status: 'error', response: null, error: line, interrupts: null };
    expect(ended).toEqual({ session_id: id, ...failed, ...USED });
    expect((await app.client.turns(id)).body).toMatchObject([{ status: 'failed', error: line, attempt: 1 }]);
    expect((await app.client.messages(id)).body).toEqual([]);
  });

  it('before it returns a promise ends the turn, too', async () => {
    const ended = await app.client.ask(
      id,
      agent.does(() => {
        throw new Error('at once');
      }),
    );
    expect(ended.error).toBe('at once');
  });

  it('leaves the session usable for the next message', async () => {
    await app.client.ask(
      id,
      agent.does(() => {
        throw new Error('no');
      }),
    );
    expect(await app.client.ask(id, 'again')).toMatchObject({
      status: 'idle',
      error: null,
      response: { content: 'You said: again' },
    });
  });

  it('leaves no error visible while the next turn runs', async () => {
    await app.client.ask(
      id,
      agent.does(() => {
        throw new Error('no');
      }),
    );
    const held = agent.holds();
    await app.client.send(id, held.content);
    expect((await app.client.get(id)).body).toMatchObject({ status: 'running', error: null, response: null });
    held.answer('');
    await app.client.settled(id);
  });
});
