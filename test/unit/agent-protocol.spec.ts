import { describe, expect, it } from '@jest/globals';

import type { AgentFunction } from '../../src/agents/agent.js';
import { inProcess } from '../../src/agents/protocol/agent-run.js';
import type { FromAgent, TurnStart } from '../../src/agents/protocol/turn-messages.js';
import { leastBlocking } from '../support/blocking.js';
import { until } from '../support/until.js';

const START: TurnStart = {
  sessionId: 's',
  turnId: 't',
  attempt: 2,
  message: { role: 'user', content: 'hello' },
  history: [],
  recording: { steps: [], interrupts: [] },
  eventBytes: 0,
};

/** Connects an agent by the in-process transport, with all that it sends. */
function connect(runTurn: AgentFunction, refuse?: FromAgent['type'], start: Partial<TurnStart> = {}) {
  const sent: FromAgent[] = [];
  const listenerErrors: unknown[] = [];
  const side = inProcess({ runTurn })({
    receive: (message) => {
      if (message.type === refuse) throw new RangeError('Refused');
      sent.push(message);
    },
    onListenerError: (error) => void listenerErrors.push(error),
  });
  side.send({ type: 'start', ...START, ...start });
  const end = () => until(() => sent.find((message) => message.type === 'end'), { what: 'the end' });
  return { side, sent, listenerErrors, end };
}

describe('the protocol of a turn, in process', () => {
  it('turns calls of the agent into messages, in their order, with one end', async () => {
    const { sent, end } = connect(async ({ usage, emit, attempt, message }) => {
      usage({ total_tokens: 3 });
      emit('a piece');
      await Promise.resolve();
      emit({ type: 'progress' });
      return `${attempt} ${message.content ?? ''}`;
    });
    await end();
    expect(sent).toEqual([
      { type: 'usage', tokens: { total_tokens: 3 } },
      {
        type: 'emit',
        event: { type: 'message.delta', fields: '{"delta":"a piece"}', bytes: 32, text: 'a piece' },
      },
      { type: 'emit', event: { type: 'progress', fields: '{}', bytes: 10 } },
      { type: 'end', outcome: 'completed', output: '2 hello' },
    ]);
  });

  it('ends with what the agent throws, also before its first await', async () => {
    const error = new Error('no');
    const { end } = connect(() => {
      throw error;
    });
    expect(await end()).toEqual({ type: 'end', outcome: 'failed', error });
  });

  it.each<[what: string, start: object]>([
    ['no recording', { recording: undefined }],
    ['a step that is none', { recording: { steps: [null], interrupts: [] } }],
    ['interrupts that are no list', { recording: { steps: [], interrupts: 5 } }],
  ])('ends with an error, and does not call the agent, if its first message has %s', async (_what, wrong) => {
    let calls = 0;
    const agent = () => `${++calls}`;
    const { sent, end } = connect(agent, undefined, wrong);
    expect(await end()).toMatchObject({ outcome: 'failed', error: { name: 'TypeError' } });
    expect(sent).toHaveLength(1);
    expect(calls).toBe(0);
  });

  it('throws at the call of the agent if its arguments are misused or the engine refuses the message', async () => {
    const { sent, end } = connect(({ usage, emit }) => {
      const calls = [
        () => {
          usage({ total_tokens: -1 });
        },
        () => {
          emit('x');
        },
      ];
      return calls
        .map((call) => {
          try {
            call();
            return 'accepted';
          } catch (error) {
            return (error as Error).name;
          }
        })
        .join();
    }, 'emit');
    expect(await end()).toMatchObject({ output: 'TypeError,RangeError' });
    expect(sent).toHaveLength(1);
  });

  it('aborts the signal with the reason of the abort message, and contains errors of listeners', async () => {
    const reason = new Error('cancelled');
    const { side, listenerErrors, end } = connect(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            throw new Error('in a listener');
          });
          signal.addEventListener('abort', () => {
            resolve((signal.reason as Error).message);
          });
        }),
    );
    side.send({ type: 'abort', reason });
    expect(await end()).toMatchObject({ output: 'cancelled' });
    expect(listenerErrors).toMatchObject([{ message: 'in a listener' }]);
  });

  it('a history of 100,000 messages does not block the event loop while it is copied for the agent', async () => {
    const call = { id: 'c', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
    const history = Array.from({ length: 100_000 }, () => ({
      role: 'assistant' as const,
      content: null,
      tool_calls: [{ ...call, function: { ...call.function } }],
      user_params: { at: { city: 'Bern' }, tags: ['a', 'b'] },
    }));
    const read = async () => {
      const { end } = connect(
        (turn) => `${turn.history.length} ${turn.history[7] === history[7]}`,
        undefined,
        {
          history,
          isLongHistory: true,
        },
      );
      expect(await end()).toMatchObject({ output: '100000 false' });
    };
    expect(await leastBlocking(read, 100)).toBeLessThan(100);
  });

  it('an agent whose long history is copied while its run is aborted is not called', async () => {
    let calls = 0;
    const history = Array.from({ length: 100_000 }, () => ({
      role: 'user' as const,
      content: null,
      name: 'x',
    }));
    const { side, end } = connect(() => String(++calls), undefined, { history, isLongHistory: true });
    side.send({ type: 'abort', reason: new Error('cut') });
    expect(await end()).toMatchObject({ outcome: 'failed', error: { message: 'cut' } });
    expect(calls).toBe(0);
  });
});
