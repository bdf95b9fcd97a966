import { describe, expect, it } from '@jest/globals';

import type { ResolvedSessionsOptions } from '../../src/options/sessions.options.js';
import { LingeringAgents } from '../../src/turns/lingering-agents.js';
import type { RunningTurn } from '../../src/turns/running-turn.js';
import type { TurnRunner } from '../../src/turns/turn-runner.js';
import { TurnWorker } from '../../src/turns/turn-worker.js';
import { Gate } from '../support/gate.js';

describe('a turn that waits for a slot of a worker', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
    'is awaited by a worker that stops, after %s microtasks',
    async (count) => {
      const running = new Set<string>();
      const second = new Gate();
      const runner = {
        runs: [],
        run: async (turnId: string) => {
          running.add(turnId);
          if (turnId === 'second') await second.opened;
          running.delete(turnId);
        },
      };
      const worker = new TurnWorker(runner as unknown as TurnRunner, new LingeringAgents(), {
        role: 'all',
        concurrency: 1,
      } as ResolvedSessionsOptions);
      void worker.run('first');
      void worker.run('second');
      for (let n = 0; n < count; n++) await Promise.resolve();
      let hasStopped = false;
      const stopped = worker.stop(1_000).then(() => (hasStopped = true));
      await new Promise(setImmediate);
      // Either it runs and is awaited, or it never starts.
      expect(hasStopped).toBe(!running.has('second'));
      second.open();
      await stopped;
    },
  );
});

describe('a worker with one slot', () => {
  /** The runs of its turns, which the test ends in two steps: the agent, and the write of the end. */
  function workerOf(...ids: string[]) {
    const turns = ids.map((id) => ({
      id,
      hasBegun: false,
      agent: new Gate(),
      write: new Gate<RunningTurn>(),
    }));
    const turnOf = (id: string) => {
      const turn = turns.find((one) => one.id === id);
      if (!turn) throw new Error(`There is no turn ${id}`);
      return turn;
    };
    const runner = {
      get runs() {
        return turns.filter(({ hasBegun }) => hasBegun);
      },
      run: async (turnId: string, agentEnded: () => void) => {
        const turn = turnOf(turnId);
        turn.hasBegun = true;
        await turn.agent.opened;
        agentEnded();
        const run = await turn.write.opened;
        turn.hasBegun = false;
        return run;
      },
    };
    const options = { role: 'all', concurrency: 1 } as ResolvedSessionsOptions;
    const worker = new TurnWorker(runner as unknown as TurnRunner, new LingeringAgents(), options);
    for (const id of ids) void worker.run(id);
    const settle = async () => new Promise(setImmediate);
    return {
      worker,
      settle,
      began: () => runner.runs.map(({ id }) => id),
      endAgent: async (id: string) => {
        turnOf(id).agent.open();
        await settle();
      },
      write: async (id: string) => {
        turnOf(id).write.open({ isCutOff: false } as RunningTurn);
        await settle();
      },
    };
  }

  it('calls the next agent while the end of the turn before is being written', async () => {
    const { worker, began, settle, endAgent, write } = workerOf('first', 'second');
    await settle();
    expect(began()).toEqual(['first']);
    await endAgent('first');
    expect(began()).toEqual(['first', 'second']);
    expect(worker.running).toBe(1);
    await write('first');
    await endAgent('second');
    await write('second');
    expect(worker.free).toBe(1);
  });

  it('calls no further agent while two ends cannot be written', async () => {
    const { worker, began, endAgent, write } = workerOf('first', 'second', 'third');
    await endAgent('first');
    await endAgent('second');
    expect(began()).toEqual(['first', 'second']);
    expect(worker.reserve()).toBeUndefined();
    await write('second');
    expect(began()).toEqual(['first', 'third']);
    await write('first');
    await endAgent('third');
    expect(worker.free).toBe(1);
    await write('third');
    expect(worker.free).toBe(1);
  });

  it('waits for ends that are being written when it stops', async () => {
    const { worker, endAgent, write } = workerOf('first');
    await endAgent('first');
    let hasStopped = false;
    const stopped = worker.stop(1_000).then(() => (hasStopped = true));
    await new Promise(setImmediate);
    expect(hasStopped).toBe(false);
    await write('first');
    await stopped;
    expect(hasStopped).toBe(true);
  });
});
