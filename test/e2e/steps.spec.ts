import { describe, expect, it } from '@jest/globals';

import type { AgentFunction, Session, Turn } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

describe.each(expressStacks)('steps on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });

  async function start(run: AgentFunction): Promise<{ id: string; session: Session }> {
    const id = await app.client.newSession();
    return { id, session: await app.client.ask(id, agent.does(run)) };
  }

  /** Answers every pending question with this value, until the session waits for none. */
  async function answerAll(id: string, value: unknown = null): Promise<Session> {
    for (;;) {
      const session = await app.client.settled(id);
      if (!session.interrupts) return session;
      for (const { interrupt_id } of session.interrupts) await app.client.resume(id, { interrupt_id, value });
    }
  }

  it('run once over all runs of a turn, and give back their recorded result', async () => {
    const charged: number[] = [];
    const { id } = await start(async ({ step, interrupt, attempt }) => {
      const receipt = await step('charge', () => {
        charged.push(attempt);
        return { amount: 17, at: attempt };
      });
      await interrupt({ type: 'ask' });
      const again = await step('ship', () => `shipped in attempt ${attempt}`);
      return `${JSON.stringify(receipt)} ${again}`;
    });
    const { response } = await answerAll(id);
    expect(response?.content).toBe('{"amount":17,"at":1} shipped in attempt 2');
    expect(charged).toEqual([1]);
  });

  it.each([
    ['undefined', undefined, undefined],
    ['null', null, null],
    ['a text with U+0000 and a lone surrogate', '\0\ud800', '\0\ud800'],
    ['a property that is undefined', { a: undefined, b: 1 }, { b: 1 }],
    [
      'an instance of a class',
      new (class Point {
        x = 1;
      })(),
      { x: 1 },
    ],
    ['a list', [1, [2, { three: '3' }]], [1, [2, { three: '3' }]]],
  ])('may return %s, the same in every run', async (_, result, expected) => {
    const seen: unknown[] = [];
    const { id } = await start(async ({ step, interrupt }) => {
      seen.push(await step('any', () => result as unknown));
      await interrupt({ type: 'ask' });
      return 'done';
    });
    await answerAll(id);
    expect(seen).toStrictEqual([expected, expected]);
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  it.each([
    ['NaN', NaN],
    ['Infinity', [Infinity]],
    ['a Date', { at: new Date(0) }],
    ['a BigInt', { deep: [1n] }],
    ['a function', { f: () => 1 }],
    ['undefined in a list', [undefined]],
    ['a Map', new Map()],
  ])('that return %s are an error that names the step', async (_, result) => {
    const { session } = await start(async ({ step }) => {
      await step('strange', () => result);
      return 'done';
    });
    expect(session.error).toMatch(
      /^The result of the step "strange" cannot be recorded, because it contains /,
    );
  });

  it('that return a cycle are an error of one line that names the step', async () => {
    const { session } = await start(async ({ step }) => {
      await step('strange', () => cycle);
      return 'done';
    });
    expect(session.error).toMatch(
      /^The result of the step "strange" cannot be recorded, because it is no JSON: [^\n]*$/,
    );
  });

  it.each([
    ['10,001 keys', Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, i])), '10000 keys'],
    ['250,001 values', Array(250_001).fill(1), '250000 values'],
    ['a text of 16 MiB', 'x'.repeat(16 * 1024 * 1024 + 1), '16777216 bytes'],
  ])('that return %s are an error that names the step and the limit', async (_, result, limit) => {
    const { session } = await start(async ({ step }) => {
      await step('large', () => result);
      return 'done';
    });
    expect(session.error).toMatch(/^The result of the step "large" cannot be recorded, because it must not /);
    expect(session.error).toContain(limit);
  });

  it('that throw are recorded as well, and throw the same in every run', async () => {
    let calls = 0;
    const { id } = await start(async ({ step, interrupt }) => {
      let caught = '';
      try {
        await step('flaky', () => {
          calls++;
          throw Object.assign(new RangeError('out of stock'), { code: 'E_STOCK' });
        });
      } catch (error) {
        const { name, message, code } = error as Error & { code: string };
        caught = `${name} ${message} ${code}`;
      }
      await interrupt({ type: 'ask' });
      return caught;
    });
    expect((await answerAll(id)).response?.content).toBe('RangeError out of stock E_STOCK');
    expect(calls).toBe(1);
  });

  it('are matched by name and occurrence, in loops and in parallel', async () => {
    const effects: string[] = [];
    const { id } = await start(async ({ step, interrupt }) => {
      const looped = [];
      for (let index = 0; index < 3; index++) {
        looped.push(await step('loop', () => (effects.push(`loop ${index}`), index)));
        await interrupt({ type: 'ask', index });
      }
      const parallel = await Promise.all(
        [1, 2, 3].map((n) => step('parallel', () => (effects.push(`p ${n}`), n))),
      );
      await interrupt({ type: 'last' });
      return JSON.stringify([looped, parallel]);
    });
    expect((await answerAll(id)).response?.content).toBe('[[0,1,2],[1,2,3]]');
    expect(effects).toEqual(['loop 0', 'loop 1', 'loop 2', 'p 1', 'p 2', 'p 3']);
  });

  it('that are in flight at an interrupt are recorded before the turn waits', async () => {
    let calls = 0;
    let begun = 0;
    const { id, session } = await start(async ({ step, interrupt }) => {
      const slow = async () => {
        const first = await step('slow', async () => {
          calls++;
          await new Promise((resolve) => setTimeout(resolve, 50));
          return 'slow';
        });
        return first + (await step('after', () => (begun++, ' after')));
      };
      const [answer, result] = await Promise.all([interrupt<string>({ type: 'ask' }), slow()]);
      return `${answer} ${result}`;
    });
    expect(session.status).toBe('interrupted');
    expect({ calls, begun }).toEqual({ calls: 1, begun: 0 });
    expect((await answerAll(id, 'yes')).response?.content).toBe('yes slow after');
    expect({ calls, begun }).toEqual({ calls: 1, begun: 1 });
  });

  it('refuse interrupts and steps inside of them, with the reason', async () => {
    for (const inner of ['step', 'interrupt'] as const) {
      const { session } = await start(async ({ step, interrupt }) =>
        step('outer', async () => {
          await Promise.resolve();
          return inner === 'step' ? step('inner', () => 'x') : interrupt<string>({ type: 'inner' });
        }),
      );
      expect(session.error).toBe(
        `turn.${inner}("inner") cannot be called inside of a step, because a recorded step is not run again`,
      );
    }
  });

  it('that a run does not come by again end the turn with replay_mismatch', async () => {
    let runs = 0;
    const { id } = await start(async ({ step, interrupt }) => {
      await step(runs++ === 0 ? 'charge' : 'bill', () => 1);
      await interrupt({ type: 'ask' });
      return 'done';
    });
    expect((await answerAll(id)).error).toBe(
      'The agent did not come by the step "charge", which an earlier run of this turn has recorded',
    );
    expect((await app.client.turns(id)).body).toMatchObject([{ code: 'replay_mismatch', status: 'failed' }]);
  });

  it('have an idempotency key that differs between steps and not between runs', async () => {
    const keys: string[] = [];
    const { id } = await start(async ({ step, attempt, interrupt }) => {
      const body = ({ idempotencyKey }: { idempotencyKey: string }) => {
        keys.push(idempotencyKey);
        if (attempt === 1) throw new Error('the process dies here');
        return 1;
      };
      await step('one', ({ idempotencyKey }) => void keys.push(idempotencyKey));
      await step('two', body).catch(() => undefined);
      await interrupt({ type: 'ask' });
      return 'done';
    });
    await answerAll(id);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[\w-]+$/);
  });

  it.each([
    ['', () => 1, {}, 'turn.step expects a name of 1 to 255 characters'],
    ['x'.repeat(256), () => 1, {}, 'turn.step expects a name of 1 to 255 characters'],
    ['x', 1, {}, 'turn.step("x") expects a function that does the step'],
    ['x', () => 1, { onUnknown: 'guess' }, 'turn.step("x") expects onUnknown to be "retry", "fail" or "ask"'],
  ])('with bad arguments are a TypeError %#', async (name, run, options, error) => {
    const { session } = await start(async (turn) => {
      const step = turn.step as (...given: unknown[]) => Promise<unknown>;
      return String(await step(name, run, options));
    });
    expect(session.error).toBe(error);
  });

  it('that the agent does not wait for cannot end the process', async () => {
    const { session } = await start((turn: Turn) => {
      void turn.step('lost', () => {
        throw new Error('Not handled');
      });
      void turn.step('late', () => new Promise((resolve) => setTimeout(resolve, 20)));
      return 'returned';
    });
    expect(session.response?.content).toBe('returned');
    expect((await app.client.ask(await app.client.newSession(), 'alive')).response?.content).toBe(
      'You said: alive',
    );
  });

  it('and what is recorded have the version under which the recording began', async () => {
    const { id } = await start(async ({ step, interrupt, recordedVersion }) => {
      await step('one', () => 1);
      await interrupt({ type: 'ask' });
      return String(recordedVersion);
    });
    expect((await answerAll(id)).response?.content).toBe('undefined');
  });
});

describe.each(expressStacks)('agentVersion on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, agentVersion: '2026-11' });

  it('is given back to later runs of a turn that has recorded something', async () => {
    const seen: unknown[] = [];
    const run: AgentFunction = async ({ step, interrupt, recordedVersion }) => {
      seen.push(recordedVersion);
      await step('one', () => 1);
      await interrupt({ type: 'ask' });
      return 'done';
    };
    const id = await app.client.newSession();
    const { interrupts } = await app.client.ask(id, agent.does(run));
    await app.client.resume(id, { interrupt_id: interrupts?.[0]?.interrupt_id ?? '', value: 1 });
    await app.client.settled(id);
    expect(seen).toEqual([undefined, '2026-11']);
  });
});
