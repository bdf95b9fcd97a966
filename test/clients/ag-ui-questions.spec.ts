import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { requireApproval } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type TestApp } from '../support/stacks.js';
import { AG_UI_CLIENTS } from './ag-ui-clients.js';
import { startUiApp } from './ui-app.js';

const cases = expressStacks.flatMap((stack) =>
  AG_UI_CLIENTS.map((client) => ({ stack, client, name: `${client.version} on ${stack.name}` })),
);

const agent = new ScriptedAgent();

/** Asks about the second of two calls that it has shown, the first of which has a result. */
const content = agent.does(async (turn) => {
  turn.emit('I look. ');
  turn.emit({ type: 'tool.call', tool_call_id: 'c1', name: 'look', arguments: '{}' });
  turn.emit({ type: 'tool.call', tool_call_id: 'c2', name: 'refund', arguments: '{}' });
  turn.emit({ type: 'tool.result', tool_call_id: 'c1', content: 'found' });
  await requireApproval(turn, { toolName: 'refund', toolArgs: {}, toolCallId: 'c2' });
  return 'done';
});

describe.each(cases)('A question that waits, AG-UI $name', ({ stack, client }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startUiApp(stack, { agent });
  });
  afterAll(() => app.close());

  const open = (threadId: string) => new client.HttpAgent({ url: `${app.url}/ag-ui`, threadId });

  async function ask() {
    const threadId = randomUUID();
    const page = open(threadId);
    page.addMessage({ id: randomUUID(), role: 'user', content });
    await page.runAgent();
    return { page, threadId };
  }

  it('changes nothing that is shown when the client attaches again', async () => {
    const { page, threadId } = await ask();
    const shown = structuredClone(page.messages);
    expect(shown.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    const again = open(threadId);
    again.messages = structuredClone(shown);
    await again.runAgent();
    expect(again.messages).toEqual(shown);
    const loaded = open(threadId);
    await loaded.runAgent();
    expect(loaded.messages).toEqual(shown);
    expect(loaded.pendingInterrupts).toMatchObject([{ toolCallId: 'c2' }]);
  });

  it('is streamed to a client that attaches, because some attach it to nothing else', async () => {
    const { threadId } = await ask();
    const page = open(threadId);
    const called: string[] = [];
    page.subscribe({
      onToolCallStartEvent: ({ event }: { event: { toolCallId: string } }) =>
        void called.push(event.toolCallId),
    });
    await page.runAgent();
    expect(called).toEqual(['c1', 'c2']);
  });
});
