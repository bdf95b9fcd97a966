import { describe, expect, it } from '@jest/globals';

import type { ResolvedSessionsOptions } from '../../src/options/sessions.options.js';
import { LingeringAgents } from '../../src/turns/lingering-agents.js';
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
