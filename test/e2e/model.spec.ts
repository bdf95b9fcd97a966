import { describe, it } from '@jest/globals';
import fc from 'fast-check';

import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';
import { cleanUp, type Model } from './model.js';
import { commands } from './model-commands.js';

/** Most of them are part of `npm run faults`. */
const RUNS = Math.ceil(8 * Number(process.env.FAULTS_SCALE ?? 1) ** 2);

describe.each(expressStacks)('random sequences of requests on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, concurrency: 100 });

  it(
    'leave every session in the state that a simple model predicts',
    async () => {
      const real = { app, agent };
      await fc.assert(
        fc.asyncProperty(commands(), async (steps) => {
          const model: Model = { sessions: [] };
          try {
            await fc.asyncModelRun(() => ({ model, real }), steps);
          } finally {
            await cleanUp(model, real);
          }
        }),
        { numRuns: RUNS },
      );
    },
    30_000 + RUNS * 3_000,
  );
});
