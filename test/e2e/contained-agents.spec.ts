import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

import type { ChatMessage, Turn } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { backends, type Stack, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const onBackends: Stack[] = backends.map((backend) => ({ ...backend, adapter: 'express' }));

describe.each(onBackends)('an agent on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    for (const level of ['error', 'warn'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((message: string) => void lines.push(message));
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each<[string, (signal: AbortSignal) => void]>([
    [
      'a listener that throws',
      (signal) => {
        signal.addEventListener('abort', fail);
      },
    ],
    [
      'a listener that rejects',
      (signal) => {
        // eslint-disable-next-line @typescript-eslint/no-misused-promises -- as agents do
        signal.addEventListener('abort', () => Promise.reject(new Error('no')));
      },
    ],
    [
      'an object that throws',
      (signal) => {
        signal.addEventListener('abort', { handleEvent: fail });
      },
    ],
    ['onabort that throws', (signal) => (signal.onabort = fail)],
  ])('with %s on its signal affects no other turn when its turn is cancelled', async (_what, listen) => {
    const heard: string[] = [];
    let isCalled = false;
    const content = agent.does(async ({ signal }) => {
      isCalled = true;
      listen(signal);
      signal.addEventListener('abort', () => heard.push('the next listener'), { once: true });
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      return 'late';
    });
    const [id, neighbour] = [await app.client.newSession(), await app.client.newSession()];
    const held = agent.holds();
    await app.client.send(neighbour, held.content);
    await app.client.send(id, content);
    await held.started;
    await until(() => isCalled, { what: 'the agent' });
    await app.client.cancel(id);
    await until(() => lines.some((line) => line.includes('abort listener')), { what: 'a line in the log' });
    expect(heard).toEqual(['the next listener']);
    held.answer('well');
    expect(await app.client.settled(neighbour)).toMatchObject({ response: { content: 'well' } });
  });

  it('gets a signal that works with fetch and AbortSignal.any, with removable listeners', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const seen: unknown[] = [];
    const removed = () => seen.push('removed');
    const content = agent.does(async ({ signal }) => {
      signal.addEventListener('abort', removed);
      signal.addEventListener('abort', removed);
      signal.removeEventListener('abort', removed);
      const any = AbortSignal.any([signal, new AbortController().signal]);
      const request = fetch(url, { signal }).catch((error: unknown) => error);
      seen.push(signal instanceof AbortSignal, signal.onabort);
      await request;
      seen.push(any.aborted, any.reason === signal.reason);
      return '';
    });
    const id = await app.client.newSession();
    await app.client.send(id, content);
    await until(() => seen.length === 2, { what: 'the agent' });
    await app.client.cancel(id);
    await until(() => seen.length === 4, { what: 'the request to end' });
    silent.close();
    expect(seen).toEqual([true, null, true, true]);
  });

  it('keeps its turn though it dispatches an abort itself', async () => {
    const content = agent.does(async ({ signal }) => {
      signal.dispatchEvent(new Event('abort'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'answer';
    });
    const id = await app.client.newSession();
    expect(await app.client.ask(id, content)).toMatchObject({ response: { content: 'answer' } });
    expect((await app.client.turns(id)).body[0]).toMatchObject({ attempt: 1 });
  });

  it.each<[string, (turn: Turn) => void]>([
    [
      'changes',
      ({ message, history }) => {
        message.content = 'changed';
        message.role = 'system';
        (message.user_params as { deep: { list: number[] } }).deep.list.push(9);
        for (const earlier of history) earlier.content = 'changed';
      },
    ],
    [
      'deletes',
      ({ message, history }) => {
        for (const field of Object.keys(message)) Reflect.deleteProperty(message, field);
        history.length = 0;
      },
    ],
    [
      'puts values into that are no JSON',
      ({ message, history }) => {
        Object.assign(message, { user_params: { big: 1n, self: message }, content: [{ type: 'text' }] });
        history.push(undefined as never);
      },
    ],
    [
      'puts getters into that throw',
      ({ message, history }) => {
        for (const target of [message, ...history]) {
          Object.defineProperty(target, 'content', { get: fail, enumerable: true });
          Object.assign(target, { toJSON: fail });
        }
      },
    ],
    [
      'freezes',
      ({ message, history }) => {
        Object.freeze(message);
        Object.freeze(history);
      },
    ],
  ])('that %s its input changes nothing in the records', async (_what, change) => {
    const id = await app.client.newSession();
    await app.client.ask(id, 'before');
    const content = agent.does((turn) => {
      change(turn);
      return 'answer';
    });
    const sent: ChatMessage = { role: 'user', content, user_params: { deep: { list: [1] } } };
    expect(await app.client.ask(id, sent)).toMatchObject({ status: 'idle', response: { content: 'answer' } });
    expect((await app.client.messages(id)).body).toEqual([
      { role: 'user', content: 'before' },
      { role: 'assistant', content: 'You said: before' },
      sent,
      { role: 'assistant', content: 'answer' },
    ]);
    expect((await app.client.turns(id)).body[1]).toMatchObject({ message: sent, attempt: 1 });
  });

  it.each<[string, () => unknown]>([
    ['throws at once', fail],
    [
      'throws null',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what agents do
        throw null;
      },
    ],
    [
      'throws what throws when it is read',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what agents do
        throw new Proxy({}, { get: fail, getPrototypeOf: fail, has: fail });
      },
    ],
    [
      'returns a promise whose then throws',
      () => ({
        get then() {
          return fail();
        },
      }),
    ],
  ])('that %s fails its turn as agent_error', async (_what, run) => {
    const id = await app.client.newSession();
    expect(await app.client.ask(id, agent.does(run as never))).toMatchObject({ status: 'error' });
    expect((await app.client.turns(id)).body[0]).toMatchObject({ code: 'agent_error', attempt: 1 });
  });

  it.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['a number', () => 5],
    ['a BigInt among its values', () => ({ role: 'assistant', content: '', user_params: { big: 1n } })],
    [
      'what throws when it is read',
      () => ({
        role: 'assistant',
        get content() {
          return fail();
        },
      }),
    ],
    [
      'what cannot be looked into',
      () => new Proxy({}, { has: fail, get: (_target, key) => (key === 'then' ? undefined : fail()) }),
    ],
  ])('that returns %s fails its turn as output_rejected', async (_what, run) => {
    const id = await app.client.newSession();
    expect(await app.client.ask(id, agent.does(run as never))).toMatchObject({ status: 'error' });
    expect((await app.client.turns(id)).body[0]).toMatchObject({ code: 'output_rejected', attempt: 1 });
  });

  it('cannot forge a log line by the name of an error', async () => {
    const name = `Error\n[Nest] 1  - LOG all is well\u2028\u001B[31m${'x'.repeat(10_000)}`;
    await app.client.ask(
      await app.client.newSession(),
      agent.does(() => {
        throw Object.assign(new Error('no'), { name });
      }),
    );
    const line = lines.find((text) => text.includes('The agent failed'));
    expect(line).not.toMatch(/[\p{Cc}\u2028]/u);
    expect(line?.length).toBeLessThan(1_000);
  });

  it('is answered even if the host’s logger throws', async () => {
    for (const level of ['error', 'warn', 'log', 'debug'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation(fail);
    }
    const id = await app.client.newSession();
    expect(await app.client.ask(id, agent.does(fail))).toMatchObject({ status: 'error', error: 'no' });
    expect(await app.client.ask(id, 'next')).toMatchObject({ status: 'idle' });
  });
});

function fail(): never {
  throw new Error('no');
}
