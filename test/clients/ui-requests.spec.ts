import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Turn } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, type TestApp } from '../support/stacks.js';
import { startUiApp } from './ui-app.js';

type Sent = { type: string } & Record<string, unknown>;

const agent = new ScriptedAgent();

const twoQuestions = agent.does(async ({ interrupt }: Turn) => {
  const ask = (tool_name: string) => interrupt({ type: 'tool_approval', tool_name }, { key: tool_name });
  return JSON.stringify(await Promise.all([ask('one'), ask('two')]));
});

const colour = agent.does(async ({ interrupt }: Turn) => {
  const schema = { type: 'object', required: ['colour'], properties: { colour: { type: 'string' } } };
  return JSON.stringify(await interrupt({ type: 'colour', message: 'Which one?' }, { schema }));
});

describe.each(mixedStacks)('requests of the UI protocols on $name', (stack) => {
  let app: TestApp;
  beforeAll(async () => void (app = await startUiApp(stack, { agent })));
  afterAll(() => app.close());

  const post = (path: string, body: unknown) =>
    fetch(app.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  /** The events of an answer. */
  async function eventsOf(response: Response): Promise<Sent[]> {
    const text = await response.text();
    expect([text, response.status]).toEqual([text, 200]);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('cache-control')).toContain('no-transform');
    return text
      .split('\n\n')
      .filter((frame) => frame.startsWith('data: {'))
      .map((frame) => JSON.parse(frame.slice('data: '.length)) as Sent);
  }

  const user = (content: unknown, id: string = randomUUID()) => ({ id, role: 'user', content });
  const run = async (threadId: string, messages: unknown[], more: object = {}) =>
    eventsOf(
      await post('/ag-ui', { threadId, runId: randomUUID(), protocolVersion: '1.0', messages, ...more }),
    );
  const interruptsOf = (events: Sent[]) =>
    (events.at(-1)?.outcome as { interrupts: { id: string }[] }).interrupts.map(({ id }) => id);
  const textOf = (events: Sent[]) =>
    events
      .flatMap(({ type, delta }) => (type === 'TEXT_MESSAGE_CONTENT' || type === 'text-delta' ? [delta] : []))
      .join('');

  describe('of AG-UI', () => {
    it('begin with RUN_STARTED and end with RUN_FINISHED, with the ids that were sent', async () => {
      const events = await run('a thread', [user('hello')], { runId: 'my run' });
      expect(events.map(({ type }) => type)).toEqual([
        'RUN_STARTED',
        'TEXT_MESSAGE_START',
        'TEXT_MESSAGE_CONTENT',
        'TEXT_MESSAGE_END',
        'RUN_FINISHED',
      ]);
      expect(events[0]).toEqual({
        type: 'RUN_STARTED',
        threadId: 'a thread',
        runId: 'my run',
        protocolVersion: '1.0',
      });
      expect(events.at(-1)).toMatchObject({
        threadId: 'a thread',
        runId: 'my run',
        outcome: { type: 'success' },
      });
    });

    it('give the agent what goes with the message', async () => {
      const seen = agent.does(({ message }) => JSON.stringify(message));
      const content = [
        { type: 'text', text: seen },
        { type: 'image', source: { type: 'data', value: 'iVBORw0KGgo=', mimeType: 'image/png' } },
      ];
      const events = await run(randomUUID(), [user(content)], {
        state: { n: 1 },
        tools: [],
        forwardedProps: { x: 2 },
      });
      expect(JSON.parse(textOf(events))).toEqual({
        role: 'user',
        content: seen,
        base64_image: 'iVBORw0KGgo=',
        user_params: { state: { n: 1 }, forwardedProps: { x: 2 } },
      });
    });

    it('answer all pending questions at once, or none', async () => {
      const thread = randomUUID();
      const [one = '', two = ''] = interruptsOf(await run(thread, [user(twoQuestions)]));
      const answer = (interruptId: string) => ({
        interruptId,
        status: 'resolved',
        payload: { approved: true },
      });
      const body = { threadId: thread, runId: 'r', messages: [], resume: [answer(one)] };
      const refused = await post('/ag-ui', body);
      expect([refused.status, await refused.json()]).toMatchObject([422, { code: 'validation_failed' }]);
      const resume = [answer(one), { interruptId: two, status: 'cancelled' }, answer(randomUUID())];
      const events = await run(thread, [], { resume });
      expect(JSON.parse(textOf(events))).toEqual([{ approved: true }, { approved: false }]);
      const again = await run(thread, [], { resume });
      expect(again.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'success' } });
    });

    it('record nothing if an answer does not fit', async () => {
      const thread = randomUUID();
      const asked = await run(thread, [user(colour)]);
      const [id = ''] = interruptsOf(asked);
      expect(asked.at(-1)).toMatchObject({
        outcome: { interrupts: [{ reason: 'agent-sessions:colour', message: 'Which one?' }] },
      });
      const resume = [{ interruptId: id, status: 'resolved', payload: { colour: 7 } }];
      const unfit = await post('/ag-ui', { threadId: thread, runId: 'r', messages: [], resume });
      expect(unfit.status).toBe(422);
      expect(interruptsOf(await run(thread, []))).toEqual([id]);
      const busy = await post('/ag-ui', { threadId: thread, runId: 'r', messages: [user('else')] });
      expect([busy.status, await busy.json()]).toMatchObject([409, { code: 'session_busy' }]);
      const abandoned = await run(thread, [], { resume: [{ interruptId: id, status: 'cancelled' }] });
      expect(abandoned.at(-1)).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } });
    });

    it('show nothing of a thread that does not exist, and make none', async () => {
      const thread = randomUUID();
      const events = await run(thread, []);
      expect(events.map(({ type }) => type)).toEqual(['RUN_STARTED', 'RUN_FINISHED']);
      expect((await post(`/ag-ui/${thread}/cancel`, {})).status).toBe(404);
    });

    it('reach a session of the API by its id, with what it has', async () => {
      const id = await app.client.newSession();
      await app.client.ask(id, 'by the API');
      const events = await run(id, []);
      const snapshot = events.find(({ type }) => type === 'MESSAGES_SNAPSHOT');
      expect(snapshot?.messages).toMatchObject([
        { role: 'user', content: 'by the API' },
        { role: 'assistant', content: 'You said: by the API' },
      ]);
      expect(textOf(await run(id, [user('and by AG-UI')]))).toBe('You said: and by AG-UI');
      expect((await app.client.messages(id)).body).toHaveLength(4);
    });

    it('end with an error if the session is deleted', async () => {
      const held = agent.holds();
      const id = await app.client.newSession();
      const events = run(id, [user(held.content)]);
      await held.started;
      await app.client.delete(id);
      expect((await events).at(-1)).toMatchObject({ type: 'RUN_ERROR', code: 'session_not_found' });
    });

    it('are refused with the name of what is bad', async () => {
      const bad = await post('/ag-ui', {
        threadId: 't',
        runId: 'r',
        messages: [{ role: 'user', content: 'x' }],
      });
      expect(bad.status).toBe(422);
      expect(await bad.json()).toMatchObject({ message: [expect.stringContaining('messages[0].id')] });
    });
  });

  describe('of the AI SDK', () => {
    const say = (id: string, text: string, more: object = {}) => {
      const message = { id: randomUUID(), role: 'user', parts: [{ type: 'text', text }] };
      return post('/ai-sdk', { id, messages: [message], ...more });
    };

    it('give the agent what goes with the message', async () => {
      const seen = agent.does(({ message }) => JSON.stringify(message));
      const events = await eventsOf(
        await say(randomUUID(), seen, { style: 'brief', trigger: 'submit-message' }),
      );
      expect(JSON.parse(textOf(events))).toEqual({
        role: 'user',
        content: seen,
        user_params: { style: 'brief' },
      });
    });

    it('may answer questions one by one', async () => {
      const id = randomUUID();
      const asked = await eventsOf(await say(id, twoQuestions));
      const turn = asked[0]?.messageId;
      const approvals = asked.flatMap(({ type, approvalId }) =>
        type === 'tool-approval-request' ? [approvalId] : [],
      );
      expect(approvals).toHaveLength(2);
      const answer = (...ids: unknown[]) => {
        const parts = ids.map((approval) => ({
          type: 'dynamic-tool',
          state: 'approval-responded',
          approval: { id: approval, approved: true },
        }));
        return post('/ai-sdk', { id, messages: [{ id: turn, role: 'assistant', parts }] });
      };
      const first = await eventsOf(await answer(approvals[0]));
      expect(first.map(({ type }) => type)).toEqual(['start', 'finish']);
      expect(first[0]?.messageId).toBe(turn);
      const last = await eventsOf(await answer(...approvals));
      expect(JSON.parse(textOf(last))).toEqual([{ approved: true }, { approved: true }]);
      expect(last.at(-1)).toMatchObject({ type: 'finish', finishReason: 'stop' });
      expect(textOf(await eventsOf(await answer(...approvals)))).toBe(textOf(last));
    });

    it('are refused with the name of what is bad', async () => {
      const bad = await post('/ai-sdk', { id: 'c', messages: [] });
      expect(bad.status).toBe(422);
      expect(await bad.json()).toMatchObject({ message: [expect.stringContaining('messages')] });
      const foreign = { id: randomUUID(), role: 'assistant', parts: [] };
      expect((await post('/ai-sdk', { id: randomUUID(), messages: [foreign] })).status).toBe(409);
    });
  });
});
