import { beforeAll, describe, expect, it } from '@jest/globals';

import type { ChatMessage, RecordedMessage } from '../../src/index.js';
import { UUID } from '../support/instants.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';

const STATE: ChatMessage[] = Array.from({ length: 25 }, (_, index) => ({
  role: index % 2 === 0 ? 'user' : 'assistant',
  content: `message ${index}`,
}));

describe.each(mixedStacks)('the history of a session on $name', (stack) => {
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

  it('has ids, turns and times with ids=true, over all batches', async () => {
    const state: ChatMessage[] = Array.from({ length: 1_001 }, () => ({ role: 'user', content: 'x' }));
    const long = await app.client.newSession({ state });
    const { turn_id } = await app.client.ask(long, 'hello');
    const { body } = await app.client.messages(long, '?ids=true');
    const recorded = body as RecordedMessage[];
    expect(recorded).toHaveLength(1_003);
    expect(new Set(recorded.map(({ message_id }) => message_id)).size).toBe(1_003);
    const { created_at } = (await app.client.get(long)).body;
    const { ended_at } = (await app.client.turn(long, turn_id ?? '')).body;
    const ids = { message_id: UUID, turn_id: null, created_at };
    expect(recorded[0]).toEqual({ role: 'user', content: 'x', ...ids });
    expect(recorded.slice(1_001)).toEqual([
      { role: 'user', content: 'hello', ...ids, turn_id, created_at: ended_at },
      { role: 'assistant', content: 'You said: hello', ...ids, turn_id, created_at: ended_at },
    ]);
    expect((await app.client.messages(long, '?ids=1&after=1001&limit=1')).body).toEqual([recorded[1_001]]);
    expect(await app.sessions.messages(long, { ids: true })).toEqual(recorded);
    expect((await app.client.messages(long, '?ids=false&after=1002')).body).toEqual([
      { role: 'assistant', content: 'You said: hello' },
    ]);
    expect(await app.client.messages(long, '?ids=maybe')).toMatchObject({
      status: 422,
      body: { message: ['ids must be true, 1, false or 0'] },
    });
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
