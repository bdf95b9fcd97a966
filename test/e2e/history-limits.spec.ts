import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { once } from 'node:events';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';

import type { ChatMessage } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, mixedStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;

const large = (size: number): ChatMessage => ({ role: 'user', content: 'x'.repeat(size) });

describe.each(expressStacks)('maxHistory on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, maxHistory: 4_000 });

  it('refuses a message that would exceed it, and changes nothing', async () => {
    const id = await app.client.newSession({ state: [large(2_000)] });
    expect(await app.client.send(id, large(2_000))).toMatchObject({
      status: 413,
      body: { code: 'history_too_large', message: 'The history would be larger than 4000 bytes' },
    });
    expect((await app.client.get(id)).body).toMatchObject({ status: 'idle' });
    expect((await app.client.turns(id)).body).toEqual([]);
    expect(await app.client.ask(id, 'hello')).toMatchObject({ status: 'idle' });
  });

  it('refuses a session with a larger state', async () => {
    expect(await app.client.create({ state: [large(3_000), large(3_000)] })).toMatchObject({
      status: 413,
      body: { code: 'history_too_large' },
    });
  });

  it.each([
    ['adds to it', (answer: ChatMessage) => answer],
    ['replaces it', (answer: ChatMessage) => ({ response: answer, history: [answer] })],
  ])('ends a turn whose result %s and would exceed it', async (_kind, output) => {
    const content = agent.does(() => output({ role: 'assistant', content: 'y'.repeat(5_000) }));
    const id = await app.client.newSession({ state: [large(1_000)] });
    expect(await app.client.ask(id, content)).toMatchObject({
      status: 'error',
      response: null,
      error: expect.stringContaining('4000 bytes'),
    });
    expect((await app.client.turns(id)).body).toMatchObject([
      { status: 'failed', code: 'history_too_large' },
    ]);
    expect((await app.client.messages(id)).body).toEqual([large(1_000)]);
  });

  it('counts the present history: an agent that replaces it makes room', async () => {
    const id = await app.client.newSession({ state: [large(3_500)] });
    const short = agent.does(({ history }) => {
      const response = { role: 'assistant' as const, content: String(history.length) };
      return { response, history: [response] };
    });
    expect(await app.client.ask(id, short)).toMatchObject({ response: { content: '1' } });
    expect(await app.client.send(id, large(3_000))).toMatchObject({ status: 202 });
  });
});

describe.each(mixedStacks)('a large history on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  const state = Array.from({ length: 12 }, (_, index) => ({ ...large(MIB), name: `n${index}` }));

  it('reaches the agent and the client completely', async () => {
    const { session_id: id } = await app.sessions.create({ state });
    const content = agent.does(({ history }) =>
      JSON.stringify(history) === JSON.stringify(state) ? 'all' : 'not all',
    );
    expect(await app.client.ask(id, content)).toMatchObject({ response: { content: 'all' } });
    const { status, headers, body } = await app.client.messages(id);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(body.slice(0, 12)).toEqual(state);
    expect(body).toHaveLength(14);
    expect((await app.client.messages(id, '?after=3&limit=7')).body).toEqual(state.slice(3, 10));
    expect(await app.sessions.messages(id, { after: 11, limit: 2 })).toEqual([
      state[11],
      { role: 'user', content },
    ]);
  });

  it('that is replaced during a read breaks the connection, and never looks complete', async () => {
    const { session_id: id } = await app.sessions.create({ state });
    const reading = request(`${app.client.base}/sessions/${id}/messages`);
    reading.end();
    const [response] = (await once(reading, 'response')) as [import('node:http').IncomingMessage];
    await once(response, 'readable');
    const replacing = agent.does(() => ({
      response: { role: 'assistant', content: 'new' },
      history: [{ role: 'assistant', content: 'new' }],
    }));
    await app.client.ask(id, replacing);
    response.resume();
    const outcome = await Promise.race([
      once(response, 'end').then(() => 'end'),
      once(response, 'error').then(() => 'error'),
    ]).catch(() => 'error');
    expect(outcome).toBe('error');
    expect((await app.client.messages(id)).body).toEqual([{ role: 'assistant', content: 'new' }]);
  });

  it('does not block others if a client disconnects during the read', async () => {
    const { session_id: id } = await app.sessions.create({ state });
    const reading = request(`${app.client.base}/sessions/${id}/messages`);
    reading.on('error', () => undefined).end();
    const [response] = (await once(reading, 'response')) as [import('node:http').IncomingMessage];
    response.on('error', () => undefined);
    response.destroy();
    expect(await app.client.ask(id, randomUUID())).toMatchObject({ status: 'idle' });
  });
});

describe.each(expressStacks)('a history of very many messages on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  const state = Array.from({ length: 10_000 }, (_, index) => ({ ...large(20), name: `n${index}` }));

  /** How often the event loop came round during some work: how often others could do something. */
  async function turnsOfLoop(work: Promise<unknown>): Promise<number> {
    const ended = { isSo: false };
    const watched = work.finally(() => (ended.isSo = true));
    let turns = 0;
    for (; !ended.isSo; turns++) await nextTurnOfLoop();
    await watched;
    return turns;
  }

  it('delays no other request, neither while it is read nor while a turn starts', async () => {
    const { session_id: id } = await app.sessions.create({ state });
    expect(await turnsOfLoop(app.sessions.messages(id))).toBeGreaterThan(8);
    let length = 0;
    const content = agent.does(({ history }) => String((length = history.length)));
    const { turn_id } = (await app.client.send(id, content)).body;
    expect(await turnsOfLoop(until(() => length > 0, { what: `turn ${turn_id} to begin` }))).toBeGreaterThan(
      8,
    );
    expect(length).toBe(10_000);
  });
});

describe.each(expressStacks)('a list of turns on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent() });

  const next = (headers: Headers) => /^<([^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];

  it('comes in pages, each with a link to the next', async () => {
    const id = await app.client.newSession();
    for (let turn = 1; turn <= 5; turn++) await app.client.ask(id, `turn ${turn}`);
    const numbers: number[][] = [];
    for (let path: string | undefined = `/sessions/${id}/turns?limit=2`; path;) {
      const { headers, body } = await app.client.request('GET', path);
      numbers.push((body as { number: number }[]).map(({ number }) => number));
      path = next(headers);
    }
    expect(numbers).toEqual([[1, 2], [3, 4], [5]]);
    expect((await app.client.turns(id, '?after=4')).body).toMatchObject([{ number: 5 }]);
    expect(await app.client.turns(id, '?after=5')).toMatchObject({ status: 200, body: [] });
    expect((await app.client.turns(id)).body).toHaveLength(5);
  });

  it('has fewer turns on a page if they are large, and loses none', async () => {
    const id = await app.client.newSession();
    for (let turn = 1; turn <= 3; turn++) {
      await app.sessions.send(id, { content: 'x'.repeat(3 * MIB) });
      await app.client.settled(id);
    }
    const first = await app.client.turns(id);
    expect(first.body.map(({ number }) => number)).toEqual([1]);
    expect(next(first.headers)).toBe(`/sessions/${id}/turns?after=1`);
    expect((await app.client.turns(id, '?after=2&limit=1000')).body.map(({ number }) => number)).toEqual([3]);
  });

  it.each([
    ['?limit=0', 'limit'],
    ['?limit=1001', 'limit'],
    ['?after=-1', 'after'],
    ['?after=x', 'after'],
  ])('refuses %s by name', async (query, field) => {
    const id = await app.client.newSession();
    expect(await app.client.turns(id, query)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', message: [expect.stringContaining(field)] },
    });
  });
});

describe.each(expressStacks)('a list of large turns on $name', (stack) => {
  const app = useApp(stack, { agent: new ScriptedAgent() });
  const SIZE = 4 * MIB;

  it('costs what is on its page, and not what comes after', async () => {
    const id = await app.client.newSession();
    for (let turn = 1; turn <= 12; turn++) await app.client.ask(id, 'x');
    const text =
      stack.queue === 'bull' ? `repeat('x', ${SIZE})` : `replace(hex(zeroblob(${SIZE / 2})), '0', 'x')`;
    const input = `'{"role":"user","content":"' || ${text} || '"}'`;
    await app.dataSource.query(`UPDATE agent_turn SET input = ${input} WHERE session_id = '${id}'`);
    const fastest = async (query: string) => {
      let least = Infinity;
      for (let reading = 0; reading < 4; reading++) {
        const began = performance.now();
        expect((await app.client.turns(id, query)).body).toHaveLength(1);
        least = Math.min(least, performance.now() - began);
      }
      return least;
    };
    expect((await fastest('')) / (await fastest('?after=11'))).toBeLessThan(3);
  });
});
