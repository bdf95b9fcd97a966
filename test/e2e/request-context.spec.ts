import { describe, expect, it, jest } from '@jest/globals';
import type { MiddlewareConsumer } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';

import { SESSION_STORE, type SessionStore } from '../../src/sessions/session.store.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

/** A host's request context, as nestjs-cls keeps it. */
const requests = new AsyncLocalStorage<string>();

@Module({})
class ContextModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply((request: { headers: Record<string, string> }, _response: unknown, next: () => void) => {
        requests.run(request.headers['x-user'] ?? 'none', next);
      })
      .forRoutes('{*path}');
  }
}

describe.each(mixedStacks)('the AsyncLocalStorage of a host’s request on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, host: { imports: [ContextModule] }, headers: { 'x-user': 'ada' } });

  it('does not reach the agent, because its turn may run anywhere', async () => {
    const seen: unknown[] = [];
    const content = agent.does(() => {
      seen.push(requests.getStore());
      return 'ok';
    });
    await app.client.ask(await app.client.newSession(), content);
    expect(seen).toEqual([undefined]);
  });

  it('does not reach the reads for long polls', async () => {
    const store = app.app.get<SessionStore>(SESSION_STORE, { strict: false });
    const seen: unknown[] = [];
    const stillRunning = store.stillRunning.bind(store);
    const look = jest.spyOn(store, 'stillRunning').mockImplementation((...given) => {
      seen.push(requests.getStore());
      return stillRunning(...given);
    });
    const held = agent.holds();
    const id = await app.client.newSession();
    await app.client.send(id, held.content);
    const waiting = app.client.get(id, '?wait=true');
    await until(() => seen.length > 0, { what: 'the waiting sessions to be looked at' });
    held.answer('done');
    await waiting;
    look.mockRestore();
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });
});
