import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { requireApproval } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type Stack, type TestApp } from '../support/stacks.js';
import { AG_UI_CLIENTS, type AgUiAgent, type AgUiClient } from './ag-ui-clients.js';
import { startUiApp } from './ui-app.js';

const cases = expressStacks.flatMap((stack) =>
  AG_UI_CLIENTS.map((client) => ({ stack, client, name: `${client.version} on ${stack.name}` })),
);

const agent = new ScriptedAgent();

describe.each(cases)('AG-UI $name', ({ stack, client }: { stack: Stack; client: AgUiClient }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startUiApp(stack, {
      agent,
      owner: (request) => (request as { headers: Record<string, string> }).headers['x-owner'] ?? 'ada',
    });
  });
  afterAll(() => app.close());

  function open(threadId: string = randomUUID(), owner = 'ada'): AgUiAgent {
    return new client.HttpAgent({ url: `${app.url}/ag-ui`, threadId, headers: { 'x-owner': owner } });
  }

  function say(page: AgUiAgent, content: string) {
    page.addMessage({ id: randomUUID(), role: 'user', content });
    return page.runAgent();
  }

  /** What a page shows: roles and texts. */
  const shown = ({ messages }: AgUiAgent) => messages.map(({ role, content }) => [role, content]);

  it('a message gets an answer, in a thread of any id', async () => {
    const page = open(`thread ☃/${randomUUID()}`);
    await say(page, 'hello');
    await say(page, 'again');
    expect(shown(page)).toEqual([
      ['user', 'hello'],
      ['assistant', 'You said: hello'],
      ['user', 'again'],
      ['assistant', 'You said: again'],
    ]);
  });

  it('a page that is loaded again shows the same under the same ids', async () => {
    const thread = randomUUID();
    const page = open(thread);
    await say(page, 'hello');
    const loaded = open(thread);
    await loaded.runAgent();
    expect(loaded.messages.map(({ id, content }) => [id, content])).toEqual(
      page.messages.map(({ id, content }) => [id, content]),
    );
  });

  it('an approval is asked for, also of a page that is loaded again, and its answer lets the turn go on', async () => {
    const content = agent.does(async ({ interrupt }) => {
      const { approved } = await interrupt<{ approved: boolean }>({
        type: 'tool_approval',
        tool_name: 'refund',
        tool_args: { order: 7 },
      });
      return approved ? 'refunded' : 'refused';
    });
    for (const approved of [true, false]) {
      const thread = randomUUID();
      await say(open(thread), content);
      const page = open(thread);
      await page.runAgent();
      expect(page.pendingInterrupts).toMatchObject([{ reason: 'tool_call' }]);
      const [pending] = page.pendingInterrupts;
      const id = pending?.id ?? '';
      await page.runAgent({ resume: [{ interruptId: id, status: 'resolved', payload: { approved } }] });
      expect(page.messages).toMatchObject([
        { role: 'user', content },
        { role: 'assistant', toolCalls: [{ id, function: { name: 'refund', arguments: '{"order":7}' } }] },
        { role: 'tool', toolCallId: id, content: JSON.stringify({ approved }) },
        { role: 'assistant', content: approved ? 'refunded' : 'refused' },
      ]);
      const later = open(thread);
      await later.runAgent();
      expect(later.messages.map(({ id: message }) => message)).toEqual(
        page.messages.map(({ id: message }) => message),
      );
    }
  });

  it('what an agent streams again after an answer is shown once', async () => {
    const content = agent.does(async (turn) => {
      turn.emit('May I? ');
      await requireApproval(turn, { toolName: 'refund', toolArgs: {} });
      turn.emit('Done');
      return 'May I? Done';
    });
    const thread = randomUUID();
    const page = open(thread);
    await say(page, content);
    const [question] = page.pendingInterrupts;
    await page.runAgent({
      resume: [{ interruptId: question?.id, status: 'resolved', payload: { approved: true } }],
    });
    const textsOf = ({ messages }: AgUiAgent) =>
      messages.flatMap(({ id, role, content: text }) => (role === 'assistant' && text ? [[id, text]] : []));
    expect(textsOf(page)).toEqual([[expect.any(String), 'May I? Done']]);
    const loaded = open(thread);
    await loaded.runAgent();
    expect(textsOf(loaded)).toEqual(textsOf(page));
  });

  it('a failure is reported, again for the same run, and another run tries again', async () => {
    let tries = 0;
    const content = agent.does(({ emit }) => {
      tries++;
      if (tries === 1) emit('not all');
      if (tries === 1) throw new Error('it broke');
      return 'mended';
    });
    const page = open();
    const errors: unknown[] = [];
    page.subscribe({ onRunErrorEvent: ({ event }: { event: unknown }) => void errors.push(event) });
    page.addMessage({ id: 'm', role: 'user', content });
    await page.runAgent({ runId: 'r1' }).catch(() => undefined);
    await page.runAgent({ runId: 'r1' }).catch(() => undefined);
    expect(errors).toMatchObject([
      { message: 'it broke', code: 'agent_error' },
      { message: 'it broke', code: 'agent_error' },
    ]);
    expect(tries).toBe(1);
    await page.runAgent({ runId: 'r2' });
    expect(shown(page)).toEqual([
      ['user', content],
      ['assistant', 'mended'],
    ]);
  });

  it('the cancel route ends the run, and aborting it does not', async () => {
    const held = agent.holds();
    const thread = randomUUID();
    const page = open(thread);
    const ends: unknown[] = [];
    page.subscribe({
      onRunErrorEvent: ({ event }: { event: unknown }) => void ends.push(event),
      onRunFinishedEvent: ({ event }: { event: unknown }) => void ends.push(event),
    });
    const run = say(page, held.content);
    await held.started;
    const url = `${app.url}/ag-ui/${thread}/cancel`;
    const cancelled = await fetch(url, { method: 'POST', headers: { 'x-owner': 'ada' } });
    expect(cancelled.status).toBe(202);
    await run.catch(() => undefined);
    expect(ends).toMatchObject([
      client.version === '1.0.0' ? { outcome: { type: 'cancelled' } } : { code: 'cancelled' },
    ]);
    expect((await fetch(url, { method: 'POST', headers: { 'x-owner': 'ada' } })).status).toBe(409);
    expect((await fetch(url, { method: 'POST', headers: { 'x-owner': 'bob' } })).status).toBe(404);
  });

  it('a client that disconnects does not end the turn, and finds it again', async () => {
    const held = agent.holds();
    const thread = randomUUID();
    const page = open(thread);
    const run = say(page, held.content).catch(() => undefined);
    await held.started;
    page.abortRun();
    await run;
    const again = open(thread);
    again.messages = [...page.messages];
    const attached = again.runAgent();
    held.answer('still here');
    await attached;
    expect(shown(again).at(-1)).toEqual(['assistant', 'still here']);
  });

  it('two owners with the same thread have nothing in common', async () => {
    const thread = randomUUID();
    const [ada, bob] = [open(thread, 'ada'), open(thread, 'bob')];
    await Promise.all([say(ada, 'from ada'), say(bob, 'from bob')]);
    const loaded = open(thread, 'bob');
    await loaded.runAgent();
    expect(shown(loaded)).toEqual([
      ['user', 'from bob'],
      ['assistant', 'You said: from bob'],
    ]);
  });

  it('a second message while a turn runs is refused as JSON', async () => {
    const held = agent.holds();
    const thread = randomUUID();
    const page = open(thread);
    const run = say(page, held.content);
    await held.started;
    await expect(say(open(thread), 'too soon')).rejects.toThrow(/session_busy/);
    held.answer('done');
    await run;
  });
});
