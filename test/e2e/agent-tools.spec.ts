import { beforeEach, describe, expect, it } from '@jest/globals';

import type { Turn } from '../../src/index.js';
import { aborted, ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

describe.each(expressStacks)('the methods of a turn on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  let id: string;
  beforeEach(async () => (id = await app.client.newSession()));

  it('usage adds up, also for a turn that fails', async () => {
    const spends = (...amounts: number[]) =>
      agent.does((turn) => {
        for (const total_tokens of amounts) turn.usage({ total_tokens });
        if (amounts.length > 2) throw new Error('no');
        return 'ok';
      });
    await app.client.ask(id, spends(10, 32));
    await app.client.ask(id, spends(1, 2, 3));
    await app.client.ask(id, spends(0));
    await app.client.ask(id, spends());
    const turns = (await app.client.turns(id)).body;
    expect(turns.map(({ usage }) => usage?.total_tokens ?? null)).toEqual([42, 6, 0, null]);
  });

  it('usage is no more than can be counted exactly, and costs no answer', async () => {
    const content = agent.does((turn) => {
      for (let calls = 0; calls < 3_000; calls++) turn.usage({ total_tokens: Number.MAX_SAFE_INTEGER });
      return 'ok';
    });
    expect(await app.client.ask(id, content)).toMatchObject({ response: { content: 'ok' } });
    expect((await app.client.turns(id)).body).toMatchObject([
      { attempt: 1, usage: { total_tokens: Number.MAX_SAFE_INTEGER } },
    ]);
  });

  it.each<[string, (turn: Turn) => void]>([
    [
      'usage of -1',
      (turn) => {
        turn.usage({ total_tokens: -1 });
      },
    ],
    [
      'usage of 1.5',
      (turn) => {
        turn.usage({ total_tokens: 1.5 });
      },
    ],
    [
      'usage of a text',
      (turn) => {
        turn.usage({ total_tokens: '5' as unknown as number });
      },
    ],
    [
      'usage of nothing',
      (turn) => {
        turn.usage(undefined as unknown as { total_tokens: number });
      },
    ],
    [
      'emit of a number',
      (turn) => {
        turn.emit(5 as unknown as string);
      },
    ],
    [
      'emit of null',
      (turn) => {
        turn.emit(null as unknown as string);
      },
    ],
    [
      'emit of an event without a type',
      (turn) => {
        turn.emit({} as { type: string });
      },
    ],
  ])('%s throws an error that names the call', async (call, use) => {
    const ended = await app.client.ask(
      id,
      agent.does((turn) => {
        use(turn);
        return 'not reached';
      }),
    );
    expect(ended).toMatchObject({
      status: 'error',
      error: expect.stringMatching(`turn\\.${call.split(' ', 1).join('')}`),
    });
  });

  it('emit accepts strings and events', async () => {
    const content = agent.does((turn) => {
      turn.emit('a piece');
      turn.emit('');
      turn.emit({ type: 'look.started', name: 'look' });
      return 'ok';
    });
    expect(await app.client.ask(id, content)).toMatchObject({ status: 'idle' });
  });

  it('the signal is aborted when the session is deleted, and the result is dropped', async () => {
    const held = agent.holds();
    await app.client.send(id, held.content);
    const { signal } = await held.started;
    await app.client.delete(id);
    expect(await aborted(signal)).toMatchObject({ name: 'AbortError' });
    held.answer('to whom?');
    await app.client.ask(await app.client.newSession(), 'next');
    expect((await app.client.get(id)).status).toBe(404);
  });

  it('the signal of a finished turn is not aborted when the next one is cancelled', async () => {
    let first: Turn | undefined;
    await app.client.ask(
      id,
      agent.does((turn) => {
        first = turn;
        return 'ok';
      }),
    );
    const next = agent.holds();
    await app.client.send(id, next.content);
    const { signal } = await next.started;
    await app.client.cancel(id);
    await aborted(signal);
    expect(first?.signal.aborted).toBe(false);
  });
});

describe.each(expressStacks)('turnTimeout on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, turnTimeout: 300, concurrency: 1 });

  it('ends a turn that takes too long, and aborts the agent’s signal', async () => {
    const id = await app.client.newSession();
    const held = agent.holds();
    await app.client.send(id, held.content);
    const { signal } = await held.started;
    const ended = await app.client.settled(id);
    expect(ended).toMatchObject({ status: 'error', response: null, error: 'Turn timed out after 0.3 s' });
    expect(signal.aborted).toBe(true);
    held.answer('late');
    const after = await app.client.newSession();
    expect(await app.client.ask(after, 'next')).toMatchObject({ response: { content: 'You said: next' } });
    expect((await app.client.messages(id)).body).toEqual([]);
    expect((await app.client.turns(id)).body).toMatchObject([
      { status: 'failed', message: { content: held.content } },
    ]);
  });

  it('does not include the time in the queue', async () => {
    const [slow, queued] = [await app.client.newSession(), await app.client.newSession()];
    const held = agent.holds();
    await app.client.send(slow, held.content);
    await held.started;
    // Uses nearly all its time, most of which the next one spends in the queue.
    const late = agent.does(async () => {
      const start = performance.now();
      await until(() => performance.now() - start > 150, { what: '150 ms' });
      return 'in time';
    });
    await app.client.send(queued, late);
    expect(await app.client.settled(slow)).toMatchObject({ status: 'error' });
    expect(await app.client.settled(queued)).toMatchObject({ response: { content: 'in time' } });
  });
});
