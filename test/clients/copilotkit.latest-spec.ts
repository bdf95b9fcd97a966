import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { requireApproval } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type Stack, type TestApp } from '../support/stacks.js';
import type { AgUiAgent } from './ag-ui-clients.js';
import { type CopilotKit, startCopilotKit } from './copilotkit.js';
import { startUiApp } from './ui-app.js';

const cases = expressStacks.flatMap((stack) =>
  (['own', 'example'] as const).map((runner) => ({
    stack,
    runner,
    name: `${runner} runner on ${stack.name}`,
  })),
);

const agent = new ScriptedAgent();

/** What a page shows: roles and texts. */
const shown = ({ messages }: AgUiAgent) => messages.map(({ role, content }) => [role, content]);

function say(page: AgUiAgent, content: string) {
  page.addMessage({ id: randomUUID(), role: 'user', content });
  return page.runAgent();
}

// Only `npm run test:clients` installs what this needs.
describe.each(cases)(
  "CopilotKit's runtime, its $name",
  ({ stack, runner }: { stack: Stack; runner: 'own' | 'example' }) => {
    let app: TestApp;
    let kit: CopilotKit;
    beforeAll(async () => {
      app = await startUiApp(stack, { agent });
      kit = await startCopilotKit(`${app.url}/ag-ui`, runner);
    });
    afterAll(async () => {
      kit.close();
      await app.close();
    });

    it('a message gets an answer, and the next one too', async () => {
      const page = kit.open(randomUUID());
      await say(page, 'hello');
      await say(page, 'again');
      expect(shown(page)).toEqual([
        ['user', 'hello'],
        ['assistant', 'You said: hello'],
        ['user', 'again'],
        ['assistant', 'You said: again'],
      ]);
    });

    it('a tool call is shown, and an approval lets the turn go on', async () => {
      const content = agent.does(async (turn) => {
        turn.emit({ type: 'tool.call', tool_call_id: 'c1', name: 'look', arguments: '{}' });
        turn.emit({ type: 'tool.result', tool_call_id: 'c1', content: 'found' });
        const { approved } = await requireApproval(turn, { toolName: 'refund', toolArgs: {} });
        return approved ? 'refunded' : 'refused';
      });
      const page = kit.open(randomUUID());
      await say(page, content);
      expect(page.messages).toMatchObject([
        { role: 'user' },
        { role: 'assistant', toolCalls: [{ id: 'c1' }] },
        { role: 'tool', content: 'found' },
        { role: 'assistant', toolCalls: [{ function: { name: 'refund' } }] },
      ]);
      const [pending] = page.pendingInterrupts;
      await page.runAgent({
        resume: [{ interruptId: pending?.id, status: 'resolved', payload: { approved: true } }],
      });
      expect(shown(page).at(-1)).toEqual(['assistant', 'refunded']);
    });

    it('a client that disconnects does not end the turn, and connects to it again', async () => {
      const held = agent.holds();
      const thread = randomUUID();
      const page = kit.open(thread);
      const run = say(page, held.content).catch(() => undefined);
      await held.started;
      page.abortRun();
      await run;
      const again = kit.open(thread, 'connect');
      const connected = again.runAgent();
      held.answer('still here');
      await connected;
      expect(shown(again).at(-1)).toEqual(['assistant', 'still here']);
    });
  },
);

describe.each(expressStacks)('The runner of the example on $name', (stack) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startUiApp(stack, { agent });
  });
  afterAll(() => app.close());

  async function withRuntime(use: (kit: CopilotKit) => Promise<unknown>) {
    const kit = await startCopilotKit(`${app.url}/ag-ui`, 'example');
    await use(kit);
    kit.close();
  }

  it('a runtime that has just started shows the thread', async () => {
    const thread = randomUUID();
    await withRuntime((kit) => say(kit.open(thread), 'hello'));
    await withRuntime(async (kit) => {
      const page = kit.open(thread, 'connect');
      await page.runAgent();
      expect(shown(page)).toEqual([
        ['user', 'hello'],
        ['assistant', 'You said: hello'],
      ]);
    });
  });

  it('the stop button cancels the turn', async () => {
    await withRuntime(async (kit) => {
      const held = agent.holds();
      const thread = randomUUID();
      const run = say(kit.open(thread), held.content).catch(() => undefined);
      const { signal } = await held.started;
      expect(await kit.stop(thread)).toMatchObject({ stopped: true });
      await run;
      expect(signal.aborted).toBe(true);
    });
  });
});
