import { beforeAll, describe, expect, it } from '@jest/globals';

import type { ChatMessage } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { stacks, useApp } from '../support/stacks.js';

const STATE: ChatMessage[] = Array.from({ length: 25 }, (_, index) => ({
  role: index % 2 === 0 ? 'user' : 'assistant',
  content: `message ${index}`,
}));

describe.each(stacks)('the history of a session on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent() });
  let id: string;
  beforeAll(async () => (id = await app.client.newSession({ state: STATE })));

  it.each([
    ['', [0, 25]],
    ['?limit=10', [0, 10]],
    ['?after=10', [10, 25]],
    ['?after=10&limit=10', [10, 20]],
    ['?after=20&limit=1000', [20, 25]],
    ['?after=24&limit=1', [24, 25]],
    ['?after=25', [25, 25]],
    ['?after=2147483647', [25, 25]],
    ['?after=0&limit=1', [0, 1]],
  ])('with the query "%s" returns the requested part', async (query, [from, to]) => {
    const { status, body } = await app.client.messages(id, query);
    expect(status).toBe(200);
    expect(body).toEqual(STATE.slice(from, to));
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=-1', 'limit'],
    ['?limit=1001', 'limit'],
    ['?limit=ten', 'limit'],
    ['?after=-1', 'after'],
    ['?after=1.5', 'after'],
    ['?after=99999999999', 'after'],
    ['?after=NaN', 'after'],
    ['?after=1&after=2', 'after'],
  ])('refuses %s by name', async (query, field) => {
    expect(await app.client.messages(id, query)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(field)] },
    });
  });

  it('is complete without a limit, at any length', async () => {
    const state = Array.from({ length: 1_500 }, (): ChatMessage => ({ role: 'user', content: 'x' }));
    const long = await app.client.newSession();
    await app.sessions.delete(long);
    const { session_id } = await app.sessions.create({ state });
    expect((await app.client.messages(session_id)).body).toHaveLength(1_500);
    expect((await app.client.list('?limit=1')).body).toMatchObject([{ total_messages: 1_500 }]);
  });

  it('begins with the session’s state', async () => {
    const continued = await app.client.newSession({ state: STATE.slice(0, 3) });
    await app.client.ask(continued, 'and now?');
    expect((await app.client.messages(continued, '?after=2')).body).toEqual([
      STATE[2],
      { role: 'user', content: 'and now?' },
      { role: 'assistant', content: 'You said: and now?' },
    ]);
  });
});
