import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';

import { ROOT } from '../package/tarball.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { sqliteStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';
import { UnreliableProxy } from './unreliable-proxy.js';

interface Shown {
  state: string;
  turnId?: string;
  answer?: string;
  error?: string;
}

/** What of the example's files the tests use. */
interface Api {
  create(metadata?: object): Promise<{ session_id: string }>;
  send(id: string, message: object, key?: string): Promise<{ turn_id: string }>;
  load(id: string): Promise<{ messages: object[]; turn: object | null }>;
  cancel(id: string, turnId?: string): Promise<unknown>;
  remove(id: string): Promise<unknown>;
}
interface FrontEnd {
  createSessionsApi(url: string, headers?: () => object): Api;
  ask(api: Api, id: string, text: string, show: (shown: Shown) => void, signal?: AbortSignal): Promise<void>;
}

const [stack] = sqliteStacks;
if (!stack) throw new Error('There is no stack');

describe('the example of a front end', () => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, {
    agent,
    owner: ({ headers }: { headers: Record<string, string | undefined> }) => headers['x-user'],
  });
  let proxy: UnreliableProxy;
  let page: FrontEnd;
  let api: Api;
  let id: string;
  beforeAll(async () => {
    const load = (file: string) => import(join(ROOT, 'examples/front-end', file)) as Promise<FrontEnd>;
    page = { ...(await load('sessions.js')), ...(await load('chat.js')) };
    proxy = await UnreliableProxy.start(app.url);
    api = page.createSessionsApi(proxy.url, () => ({ 'x-user': 'ada' }));
    ({ session_id: id } = await api.create({ title: 'a question' }));
  });
  afterAll(() => proxy.close());

  /** Asks, and returns all that was shown. */
  async function shown(text: string, { sessionId = id, by = api } = {}): Promise<Shown[]> {
    const all: Shown[] = [];
    await page.ask(by, sessionId, text, (next) => all.push(next));
    return all;
  }

  it('sends a message once although answers are lost, and reconnects until the turn has ended', async () => {
    const { messages } = await api.load(id);
    proxy.fails('POST', 'answer lost');
    proxy.fails('GET', 'not sent', 503);
    const held = agent.holds();
    const asked = shown(held.content);
    await until(() => proxy.left === 0, { what: 'all faults', timeoutMs: 20_000 });
    held.answer('here');
    expect(await asked).toMatchObject([
      { state: 'sending' },
      { state: 'running' },
      { state: 'completed', answer: 'here' },
    ]);
    expect((await api.load(id)).messages).toHaveLength(messages.length + 2);
  });

  it('shows why a turn failed, and the session accepts the next message', async () => {
    const failing = agent.does(() => {
      throw new Error('The model is overloaded');
    });
    expect((await shown(failing)).at(-1)).toMatchObject({
      state: 'failed',
      error: 'The model is overloaded',
    });
    expect((await api.load(id)).turn).toMatchObject({ message: { content: failing }, status: 'failed' });
    expect((await shown('again')).at(-1)).toMatchObject({ state: 'completed', answer: 'You said: again' });
    expect((await api.load(id)).turn).toBeNull();
  });

  it('waits for a turn of another tab, shows it on load, and cancels it', async () => {
    const held = agent.holds();
    const { turn_id: turnId } = await api.send(id, { content: held.content });
    expect(await api.load(id)).toMatchObject({ turn: { message: { content: held.content } } });
    const next = shown('next');
    await api.cancel(id, turnId);
    expect((await next).at(-1)).toMatchObject({ state: 'completed', answer: 'You said: next' });
    await expect(api.cancel(id, turnId)).rejects.toMatchObject({ status: 409, code: 'nothing_running' });
  });

  it('stops waiting when the screen is closed, while the turn goes on', async () => {
    const held = agent.holds();
    const screen = new AbortController();
    const all: Shown[] = [];
    const asked = page.ask(
      api,
      id,
      held.content,
      (next) => {
        all.push(next);
        if (next.state === 'running') screen.abort();
      },
      screen.signal,
    );
    await asked;
    expect(all.map(({ state }) => state)).toEqual(['sending', 'running']);
    held.answer('later');
    await until(async () => (await api.load(id)).turn === null, { what: 'the turn to end' });
  });

  it('explains what the user can do', async () => {
    const stranger = page.createSessionsApi(proxy.url);
    expect((await shown('x', { by: stranger })).at(-1)).toMatchObject({ error: 'Please sign in again.' });
    const { session_id: gone } = await api.create();
    await api.remove(gone);
    expect((await shown('x', { sessionId: gone })).at(-1)).toMatchObject({
      error: 'This conversation no longer exists.',
    });
    await expect(api.send(id, { role: 'system' })).rejects.toMatchObject({ code: 'validation_failed' });
  });
});
