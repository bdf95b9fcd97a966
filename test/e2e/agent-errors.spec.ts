import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';

import type { AgentErrorListener } from '../../src/index.js';
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
  const onAgentError = jest.fn<AgentErrorListener>();
  const app = useApp(stack, { agent, onAgentError });
  /** What is logged at `error`: the message and the stack. */
  const logged: (string | undefined)[][] = [];
  let id: string;
  beforeEach(async () => {
    logged.length = 0;
    onAgentError.mockReset();
    jest.spyOn(Logger.prototype, 'error').mockImplementation((...said: string[]) => void logged.push(said));
    id = await app.client.newSession();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

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

  it('is logged with message, causes and stack, and with the ids of its session and turn', async () => {
    const content = agent.does(() => {
      const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      throw new TypeError('fetch failed', { cause });
    });
    const { body } = await app.client.send(id, content);
    await app.client.settled(id);
    expect(logged).toEqual([
      [
        `The agent failed: session ${id} turn ${body.turn_id} attempt 1: TypeError: fetch failed`,
        expect.stringMatching(
          /^ {4}at .*agent-errors\.spec\.ts:\d+[^]*\n {2}Caused by: Error: connect ECONNREFUSED\n/,
        ),
      ],
    ]);
    expect(JSON.stringify(logged)).not.toContain(content);
  });

  it('is logged without what it quotes of an answer that is none', async () => {
    await app.client.ask(
      id,
      agent.does(() => ({ response: 'a secret' }) as never),
    );
    expect(logged).toEqual([
      [expect.stringMatching(/: AgentOutputError: The agent returned "…" as response; /)],
    ]);
    expect(onAgentError.mock.calls[0]?.[0]).toMatchObject({ name: 'AgentOutputError' });
  });

  it('reaches onAgentError with the thrown value and the turn', async () => {
    const thrown = { code: 429 };
    const held = agent.holds();
    const { session_id: sessionId } = await app.sessions.create(
      { metadata: { plan: 'pro' } },
      { owner: 'ada' },
    );
    const message = { content: held.content, user_params: { a: 1 } };
    const { turn_id: turnId } = await app.sessions.send(sessionId, message);
    held.fail(thrown);
    await app.client.settled(sessionId);
    expect(onAgentError.mock.calls).toEqual([
      [
        thrown,
        {
          sessionId,
          turnId,
          attempt: 1,
          owner: 'ada',
          metadata: { plan: 'pro' },
          message: { role: 'user', content: held.content, user_params: { a: 1 } },
        },
      ],
    ]);
    expect(onAgentError.mock.calls[0]?.[0]).toBe(thrown);
  });

  it.each<[string, AgentErrorListener]>([
    [
      'throws',
      () => {
        throw new Error('the collector is down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the collector is down'))],
  ])('ends its turn as usual if onAgentError %s, which is logged', async (_how, listener) => {
    onAgentError.mockImplementation(listener);
    const held = agent.holds();
    held.fail(new Error('no'));
    expect(await app.client.ask(id, held.content)).toMatchObject({ status: 'error', error: 'no' });
    expect(logged.map(([message]) => message)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^onAgentError failed: session ${id} .*: Error: the collector is down$`),
      ),
    );
  });

  it('is not reported if its run was cut off, because the error is a consequence', async () => {
    const held = agent.holds();
    await app.client.send(id, held.content);
    await held.started;
    await app.client.cancel(id);
    await app.client.ask(await app.client.newSession(), 'next');
    expect(logged).toEqual([]);
    expect(onAgentError).not.toHaveBeenCalled();
  });
});
