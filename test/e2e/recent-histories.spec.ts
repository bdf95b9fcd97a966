import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Agent, ChatMessage, Turn, TurnOutput } from '../../src/index.js';
import { expressStacks, type StackDatabase, startApp, type TestApp, uniqueName } from '../support/stacks.js';

const CALL = {
  id: 'call-1',
  type: 'function' as const,
  function: { name: 'look_up', arguments: '{"id":7}' },
};

/** Reports the history that it was given, and spoils it afterwards. */
class HistoryAgent implements Agent {
  readonly seen = new Map<string, string>();

  runTurn(turn: Turn): TurnOutput {
    this.seen.set(turn.turnId, JSON.stringify(turn.history));
    for (const message of turn.history) message.content = 'spoilt';
    turn.history.push({ role: 'system', content: 'spoilt' });
    turn.message.content = 'spoilt';
    const length = turn.message.user_params?.new_length;
    if (typeof length === 'number') {
      return { response: said('replaced'), history: Array.from({ length }, () => said('a summary')) };
    }
    return {
      messages: [
        { role: 'assistant', content: null, tool_calls: [CALL] },
        { role: 'tool', content: 'found\u0000', tool_call_id: 'call-1', name: 'look_up' },
      ],
      response: {
        role: 'assistant',
        content: 'done',
        reasoning: 'because',
        reasoning_details: [{ a: [1, {}] }],
      },
    };
  }
}

function said(content: string): ChatMessage {
  return { role: 'assistant', content };
}

describe.each(expressStacks)('the history that an agent gets on $name', (stack) => {
  const agent = new HistoryAgent();
  const name = uniqueName();
  let database: StackDatabase;
  let first: TestApp;
  let second: TestApp;
  beforeAll(async () => {
    database = await stack.createDatabase();
    first = await startApp(stack, { agent, name, database, allowCustomIds: true });
    second = await startApp(stack, { agent, name, database, allowCustomIds: true });
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await database.remove();
  });

  /** Runs a turn by one of the apps and compares what its agent saw with what was recorded before it. */
  async function turnBy(app: TestApp, id: string, user_params?: ChatMessage['user_params']): Promise<void> {
    const recorded = await app.sessions.messages(id);
    const { turn_id } = await app.sessions.send(id, { content: `say ${randomUUID()}`, user_params });
    expect(await app.sessions.get(id, { wait: true })).toMatchObject({ status: 'idle' });
    expect(agent.seen.get(turn_id)).toBe(JSON.stringify(recorded));
  }

  it('is what was recorded, in every turn of a conversation', async () => {
    const { session_id: id } = await first.sessions.create({ state: [said('welcome')] });
    for (let turn = 0; turn < 4; turn++) await turnBy(first, id);
    expect((await first.sessions.messages(id)).map(({ content }) => content)).not.toContain('spoilt');
  });

  it('has the turns that another process has run meanwhile', async () => {
    const { session_id: id } = await first.sessions.create();
    for (const app of [first, second, second, first, second, first]) await turnBy(app, id);
  });

  it('is the new one when a turn has replaced it, here or in another process', async () => {
    const { session_id: id } = await first.sessions.create();
    await turnBy(first, id);
    await turnBy(first, id, { new_length: 4 });
    await turnBy(first, id);
    await turnBy(second, id, { new_length: 8 });
    await turnBy(first, id);
  });

  it('is not that of a deleted session with the same id', async () => {
    const id = randomUUID();
    for (const state of [[said('hers')], Array.from({ length: 5 }, () => said('his'))]) {
      await first.client.put(id, { state });
      await turnBy(first, id);
      await first.sessions.delete(id);
    }
  });
});
