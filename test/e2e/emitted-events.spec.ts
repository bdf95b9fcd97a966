import { describe, expect, it } from '@jest/globals';

import type { AgentEvent, AgentFunction, SessionEvent, TurnEvent } from '../../src/index.js';
import { take } from '../support/event-reader.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, startApp, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

type AnyEvent = SessionEvent<AgentEvent>;

/** What a call throws: its name and message. */
function thrownBy(call: () => void): string {
  try {
    call();
    return 'nothing';
  } catch (error) {
    return String(error);
  }
}

const call = (id: string) => ({ id, type: 'function' as const, function: { name: 'look', arguments: '{}' } });

describe.each(expressStacks)('what agents emit on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });

  /** The log of a turn that runs this function. */
  async function logOf(run: AgentFunction, id?: string): Promise<AnyEvent[]> {
    const sessionId = id ?? (await app.client.newSession());
    const { body } = await app.client.send(sessionId, agent.does(run));
    return take(app.sessions.events<AgentEvent>(sessionId, { turn: body.turn_id }));
  }

  it('is in the log between the start and the end of its run, in order', async () => {
    const log = await logOf(({ emit }) => {
      emit('Hel');
      emit('lo');
      emit({ type: 'progress', percent: 50, nested: { list: [1, null] }, at: 'mine' });
      return 'Hello';
    });
    expect(log.map(({ id, type }) => [id, type])).toEqual([
      [1, 'turn.queued'],
      [2, 'turn.started'],
      [3, 'message.delta'],
      [4, 'message.delta'],
      [5, 'progress'],
      [6, 'turn.completed'],
    ]);
    expect(log.slice(2, 5)).toMatchObject([
      { attempt: 1, delta: 'Hel' },
      { attempt: 1, delta: 'lo' },
      { attempt: 1, percent: 50, nested: { list: [1, null] } },
    ]);
    expect(log[4]?.at).toBe(log[3]?.at);
  });

  it('comes while the turn still runs', async () => {
    const held = agent.holds();
    const id = await app.client.newSession();
    await app.client.send(id, held.content);
    const { emit } = await held.started;
    const events = app.sessions.events(id);
    await take(events, 2);
    for (const delta of ['one', 'two']) {
      emit(delta);
      expect(await take(events, 1)).toMatchObject([{ type: 'message.delta', delta }]);
    }
    held.answer('done');
    expect(await take(events, 1)).toMatchObject([{ type: 'turn.completed' }]);
    await events.return();
  });

  it('has the ids under which the messages are recorded', async () => {
    const id = await app.client.newSession();
    const log = await logOf(({ emit }) => {
      emit({ type: 'reasoning.delta', delta: 'Hm.' });
      emit('Let me look.');
      emit({ type: 'tool.call', tool_call_id: 'c1', name: 'look', arguments: '{}' });
      emit({ type: 'tool.call', tool_call_id: 'c2', name: 'look', arguments: '{}' });
      emit({ type: 'tool.result', tool_call_id: 'c1', content: 'one' });
      emit({ type: 'progress' });
      emit({ type: 'tool.result', tool_call_id: 'c2', content: 'two' });
      emit('Found');
      emit(' it.');
      return {
        messages: [
          { role: 'assistant', content: 'Let me look.', tool_calls: [call('c1'), call('c2')] },
          { role: 'tool', content: 'one', tool_call_id: 'c1' },
          { role: 'tool', content: 'two', tool_call_id: 'c2' },
        ],
        response: { role: 'assistant', content: 'Found it.' },
      };
    }, id);
    const [, first, tool1, tool2, last] = await app.sessions.messages(id, { ids: true });
    const streamed = log.flatMap((event) => ('message_id' in event ? [[event.type, event.message_id]] : []));
    expect(streamed.slice(1)).toEqual([
      ['reasoning.delta', first?.message_id],
      ['message.delta', first?.message_id],
      ['tool.call', first?.message_id],
      ['tool.call', first?.message_id],
      ['tool.result', tool1?.message_id],
      ['tool.result', tool2?.message_id],
      ['message.delta', last?.message_id],
      ['message.delta', last?.message_id],
    ]);
    expect(log.find(({ type }) => type === 'tool.call')).toMatchObject({
      tool_call_id: 'c1',
      name: 'look',
      arguments: '{}',
    });
  });

  it('has the id of the response if the rest is not recorded', async () => {
    const id = await app.client.newSession();
    const log = await logOf(({ emit }) => {
      emit('Looking.');
      emit({ type: 'tool.result', tool_call_id: 'c1', content: 'one' });
      emit('Found it');
      return 'Found it.';
    }, id);
    const [, response] = await app.sessions.messages(id, { ids: true });
    expect(log.findLast(({ type }) => type === 'message.delta')).toMatchObject({
      message_id: response?.message_id,
    });
  });

  it('is refused at the call if it is misused', async () => {
    const problems: string[] = [];
    await logOf(({ emit }) => {
      const wrong: unknown[] = [
        undefined,
        7,
        [],
        { type: 7 },
        { type: '' },
        { type: 'a\nb' },
        { type: 'x'.repeat(101) },
        { type: 'x', big: 1n },
        { type: 'tool.call', name: 'look' },
        { type: 'reasoning.delta' },
        { type: 'message.delta', delta: 'x' },
      ];
      const reserved = ['turn', 'session', 'message', 'reasoning', 'tool', 'step', 'interrupt'];
      for (const event of [...wrong, ...reserved.map((prefix) => ({ type: `${prefix}.mine` }))]) {
        problems.push(
          thrownBy(() => {
            emit(event as TurnEvent);
          }),
        );
      }
      const cycle: TurnEvent = { type: 'x' };
      cycle.self = cycle;
      problems.push(
        thrownBy(() => {
          emit(cycle);
        }),
      );
      return 'done';
    });
    expect(problems).toHaveLength(19);
    for (const problem of problems) expect(problem).toMatch(/^TypeError: turn\.emit/);
    expect(problems[7]).toMatch(/BigInt/);
    expect(problems[8]).toBe(
      'TypeError: turn.emit expects "tool.call" with tool_call_id, arguments as a string',
    );
    expect(problems[11]).toContain('"turn."');
  });

  it('has limits, which the error names', async () => {
    const problems: string[] = [];
    const log = await logOf(({ emit }) => {
      problems.push(
        thrownBy(() => {
          emit('x'.repeat(66_000));
        }),
      );
      problems.push(
        thrownBy(() => {
          emit({ type: 'x', text: 'é'.repeat(33_000) });
        }),
      );
      problems.push(
        thrownBy(() => {
          emit('x'.repeat(65_000));
        }),
      );
      let count = 1;
      while (
        thrownBy(() => {
          emit('x'.repeat(65_000));
        }) === 'nothing'
      )
        count++;
      problems.push(
        String(count),
        thrownBy(() => {
          emit('x'.repeat(65_000));
        }),
      );
      return 'done';
    });
    expect(problems).toEqual([
      expect.stringMatching(/^RangeError: .*64 KiB/),
      expect.stringMatching(/^RangeError: .*64 KiB/),
      'nothing',
      '258',
      expect.stringMatching(/^RangeError: .*16 MiB/),
    ]);
    expect(log).toHaveLength(261);
    expect(log.map(({ id }) => id)).toEqual(Array.from({ length: 261 }, (_, index) => index + 1));
  });

  it('may contain anything that JSON can, made storable', async () => {
    const texts = ['a\0b', '\ud800', 'line\nbreak \u2028 "quote"', '😀', ''];
    const log = await logOf(({ emit }) => {
      for (const text of texts) emit(text);
      emit({ type: 'own', text: 'a\0b', ['k\ud800']: 1, missing: undefined });
      return 'done';
    });
    const deltas = log.flatMap((event) => (event.type === 'message.delta' ? [event.delta] : []));
    expect(deltas).toEqual(['a\ufffdb', '\ufffd', 'line\nbreak \u2028 "quote"', '😀']);
    expect(log.at(-2)).toMatchObject({ type: 'own', text: 'a\ufffdb', 'k\ufffd': 1 });
  });

  it('ends with its run: nothing that comes later is in the log', async () => {
    const id = await app.client.newSession();
    let late: (() => void) | undefined;
    await logOf(({ emit }) => {
      late = () => {
        emit('late');
      };
      return 'done';
    }, id);
    late?.();
    const held = agent.holds({ deaf: true });
    await app.client.send(id, held.content);
    const { emit } = await held.started;
    emit('before the cancel');
    await until(async () => (await app.sessions.get(id)).last_event_id === 6, { what: 'the flush' });
    await app.client.cancel(id);
    emit('after the cancel');
    held.answer('done');
    await app.client.ask(id, 'next');
    const log = await take(app.sessions.events<AgentEvent>(id, { after: 0 }), 10);
    expect(log.map(({ type }) => type)).toEqual([
      'turn.queued',
      'turn.started',
      'turn.completed',
      'turn.queued',
      'turn.started',
      'message.delta',
      'turn.failed',
      'turn.queued',
      'turn.started',
      'turn.completed',
    ]);
  });

  it('comes before what the run writes next: steps, questions, failures', async () => {
    const id = await app.client.newSession();
    const content = agent.does(async ({ emit, step, interrupt, attempt }) => {
      await step('one', () => {
        emit('in the step');
        return 1;
      });
      emit(`after the step ${attempt}`);
      await interrupt({ type: 'ask' });
      emit('after the answer');
      throw new Error('no');
    });
    const { interrupts } = await app.client.ask(id, content);
    await app.client.resume(id, { interrupt_id: interrupts?.[0]?.interrupt_id ?? '', value: 1 });
    await app.client.settled(id);
    const log = await take(app.sessions.events(id, { after: 0 }), 11);
    expect(log.map((event) => (event.type === 'message.delta' ? event.delta : event.type))).toEqual([
      'turn.queued',
      'turn.started',
      'in the step',
      'step.completed',
      'after the step 1',
      'turn.interrupted',
      'turn.resumed',
      'turn.started',
      'after the step 2',
      'after the answer',
      'turn.failed',
    ]);
  });
});

describe.each(expressStacks)('streamed events on $name', (stack) => {
  it('go some time after their turn has ended, and nothing else does', async () => {
    const agent = new ScriptedAgent();
    const app = await startApp(stack, { agent, deltaRetention: 0 });
    try {
      const id = await app.client.newSession();
      const content = agent.does(({ emit }) => {
        for (let count = 0; count < 100; count++) emit('x');
        emit({ type: 'tool.call', tool_call_id: 'c', name: 'f', arguments: '{}' });
        emit({ type: 'own' });
        return 'xxx';
      });
      await app.client.ask(id, content);
      const read = async () => {
        const events = app.sessions.events(id, { after: 0 });
        const log: SessionEvent[] = [];
        while (log.at(-1)?.type !== 'turn.completed') log.push(...(await take(events, 1)));
        await events.return();
        return log;
      };
      const log = await until(
        async () => {
          const found = await read();
          return found.length < 10 && found;
        },
        { what: 'the removal' },
      );
      expect(log.map((event) => [event.id, event.type])).toEqual([
        [1, 'turn.queued'],
        [2, 'turn.started'],
        [103, 'tool.call'],
        [105, 'turn.completed'],
      ]);
      expect(log.at(-1)).toMatchObject({ response: { content: 'xxx' } });
      const [next] = await take(app.sessions.events(id, { after: 50 }), 1);
      expect(next?.id).toBe(103);
    } finally {
      await app.close();
    }
  });
});
