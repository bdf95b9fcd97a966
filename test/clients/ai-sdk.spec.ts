import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { requireApproval } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, type Stack, type TestApp } from '../support/stacks.js';
import { until } from '../support/until.js';
import { AI_SDK_CLIENTS, type AiSdkClient, type Chat, type ListedMessage } from './ai-sdk-clients.js';
import { startUiApp } from './ui-app.js';

const cases = expressStacks.flatMap((stack) =>
  AI_SDK_CLIENTS.map((client) => ({ stack, client, name: `${client.version} on ${stack.name}` })),
);

const agent = new ScriptedAgent();

const approval = agent.does(async ({ interrupt }) => {
  const { approved } = await interrupt<{ approved: boolean }>({
    type: 'tool_approval',
    tool_name: 'refund',
    tool_args: { order: 7 },
  });
  return approved ? 'refunded' : 'refused';
});

describe.each(cases)('the AI SDK $name', ({ stack, client }: { stack: Stack; client: AiSdkClient }) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startUiApp(stack, {
      agent,
      owner: (request) => (request as { headers: Record<string, string> }).headers['x-owner'] ?? 'ada',
    });
  });
  afterAll(() => app.close());

  /** A page as it is when it has loaded. */
  async function open(
    id: string = randomUUID(),
    options: { owner?: string; sends?: unknown } = {},
  ): Promise<Chat> {
    const headers = { 'x-owner': options.owner ?? 'ada' };
    return client.newChat({
      api: `${app.url}/ai-sdk`,
      id,
      headers,
      messages: await load(id, options.owner),
      sendAutomaticallyWhen: options.sends,
    });
  }

  async function load(id: string, owner = 'ada'): Promise<ListedMessage[]> {
    const response = await fetch(`${app.url}/ai-sdk/${encodeURIComponent(id)}/messages`, {
      headers: { 'x-owner': owner },
    });
    expect(response.status).toBe(200);
    return (await response.json()) as ListedMessage[];
  }

  function cancel(id: string, owner = 'ada') {
    return fetch(`${app.url}/ai-sdk/${id}/cancel`, { method: 'POST', headers: { 'x-owner': owner } });
  }

  const textsOf = ({ messages }: Pick<Chat, 'messages'>) =>
    messages.map(({ role, parts }) => [
      role,
      parts.flatMap(({ type, text }) => (type === 'text' ? [text] : [])).join(),
    ]);
  const toolsOf = ({ messages }: Pick<Chat, 'messages'>) =>
    messages.flatMap(({ parts }) => parts.filter(({ type }) => type === 'dynamic-tool'));
  const ready = (chat: Chat) => until(() => chat.status === 'ready', { what: 'the end of the stream' });

  it('a message gets an answer, in a chat of any id, and a page that is loaded again shows the same', async () => {
    const id = `chat ☃/${randomUUID()}`;
    const chat = await open(id);
    await chat.sendMessage({ text: 'hello' });
    await chat.sendMessage({ text: 'again' });
    expect(chat.status).toBe('ready');
    expect(textsOf(chat)).toEqual([
      ['user', 'hello'],
      ['assistant', 'You said: hello'],
      ['user', 'again'],
      ['assistant', 'You said: again'],
    ]);
    const loaded = await load(id);
    expect(loaded.map(({ id: message }) => message)).toEqual(chat.messages.map(({ id: message }) => message));
    expect(textsOf({ messages: loaded })).toEqual(textsOf(chat));
    expect(await client.validate(loaded)).toMatchObject({ success: true });
  });

  it.each([
    [true, 'output-available', 'refunded'],
    [false, 'output-denied', 'refused'],
  ])(
    'an approval that is answered %s lets the turn go on, also after a reload',
    async (approved, state, answer) => {
      for (const isReloaded of [false, true]) {
        const id = randomUUID();
        let chat = await open(id, { sends: client.whenAnswered });
        await chat.sendMessage({ text: approval });
        if (isReloaded) chat = await open(id, { sends: client.whenAnswered });
        const [tool] = toolsOf(chat) as unknown as [{ approval: { id: string } }];
        expect(tool).toMatchObject({ toolName: 'refund', input: { order: 7 }, state: 'approval-requested' });
        await chat.addToolApprovalResponse({ id: tool.approval.id, approved });
        await until(() => textsOf(chat).at(-1)?.[1] === answer, { what: 'the answer' });
        await ready(chat);
        expect(chat.messages).toHaveLength(2);
        expect(toolsOf(chat)).toMatchObject([{ state }]);
        const loaded = await load(id);
        expect(await client.validate(loaded)).toMatchObject({ success: true });
        expect(toolsOf({ messages: loaded })).toMatchObject([{ toolName: 'refund', state }]);
        expect(textsOf({ messages: loaded })).toEqual(textsOf(chat));
      }
    },
  );

  it('what an agent streams again after an answer is shown once', async () => {
    const content = agent.does(async (turn) => {
      turn.emit('May I? ');
      await requireApproval(turn, { toolName: 'refund', toolArgs: {} });
      turn.emit('Done');
      return 'May I? Done';
    });
    const id = randomUUID();
    const chat = await open(id, { sends: client.whenAnswered });
    await chat.sendMessage({ text: content });
    const [tool] = toolsOf(chat) as unknown as [{ approval: { id: string } }];
    await chat.addToolApprovalResponse({ id: tool.approval.id, approved: true });
    await until(() => textsOf(chat).at(-1)?.[1]?.includes('Done'), { what: 'the answer' });
    await ready(chat);
    expect(textsOf(chat).at(-1)).toEqual(['assistant', 'May I? ,Done']);
    expect(textsOf({ messages: await load(id) }).at(-1)).toEqual(['assistant', 'May I? Done']);
  });

  it('a failure is the error of the chat, and regenerate tries again', async () => {
    let tries = 0;
    const content = agent.does(() => {
      tries++;
      if (tries === 1) throw new Error('it broke');
      return 'mended';
    });
    const id = randomUUID();
    const chat = await open(id);
    await chat.sendMessage({ text: content });
    expect(chat).toMatchObject({ status: 'error', error: { message: 'it broke' } });
    expect(textsOf({ messages: await load(id) })).toEqual([['user', content]]);
    await chat.regenerate();
    expect(chat.status).toBe('ready');
    expect(textsOf(chat)).toEqual([
      ['user', content],
      ['assistant', 'mended'],
    ]);
    await chat.regenerate();
    expect(chat.status).toBe('error');
    expect(chat.error?.message).toContain('validation_failed');
  });

  it('the cancel route ends the turn, and stop does not', async () => {
    const held = agent.holds();
    const id = randomUUID();
    const chat = await open(id);
    const sent = chat.sendMessage({ text: held.content });
    await held.started;
    await chat.stop();
    await sent;
    const again = await open(id);
    const resumed = again.resumeStream();
    expect((await cancel(id, 'bob')).status).toBe(404);
    await until(() => again.status === 'streaming' || again.status === 'submitted', { what: 'the stream' });
    expect((await cancel(id)).status).toBe(202);
    await resumed;
    expect(again.status).toBe('ready');
    expect((await cancel(id)).status).toBe(409);
  });

  it('a page that is reloaded while a turn runs goes on with it, and nothing runs afterwards', async () => {
    const held = agent.holds();
    const id = randomUUID();
    const chat = await open(id);
    const sent = chat.sendMessage({ text: held.content });
    await held.started;
    const reloaded = await open(id);
    expect(textsOf(reloaded)).toEqual([['user', held.content]]);
    const resumed = reloaded.resumeStream();
    await until(() => reloaded.messages.length === 2, { what: 'the beginning of the stream' });
    held.answer('still here');
    await Promise.all([sent, resumed]);
    expect(textsOf(reloaded)).toEqual([
      ['user', held.content],
      ['assistant', 'still here'],
    ]);
    expect(textsOf(chat)).toEqual(textsOf(reloaded));
    expect(reloaded.messages[1]?.id).toBe(chat.messages[1]?.id);
    for (const other of [id, 'unknown']) {
      const none = await fetch(`${app.url}/ai-sdk/${other}/stream`, { headers: { 'x-owner': 'ada' } });
      expect(none.status).toBe(204);
    }
  });

  it('two owners with the same chat have nothing in common', async () => {
    const id = randomUUID();
    const [ada, bob] = [await open(id), await open(id, { owner: 'bob' })];
    await Promise.all([ada.sendMessage({ text: 'from ada' }), bob.sendMessage({ text: 'from bob' })]);
    expect(textsOf({ messages: await load(id, 'bob') })).toEqual([
      ['user', 'from bob'],
      ['assistant', 'You said: from bob'],
    ]);
    expect(await load(id, 'eve')).toEqual([]);
  });

  it('a second message while a turn runs, and a message that answers nothing, are refused as JSON', async () => {
    const held = agent.holds();
    const id = randomUUID();
    const chat = await open(id);
    const sent = chat.sendMessage({ text: held.content });
    await held.started;
    const other = await open(id);
    await other.sendMessage({ text: 'too soon' });
    expect(other.error?.message).toContain('session_busy');
    held.answer('done');
    await sent;
    const waiting = randomUUID();
    const asked = await open(waiting);
    await asked.sendMessage({ text: approval });
    await asked.sendMessage();
    expect(asked.error?.message).toContain('session_busy');
  });

  it('a message that is sent again after its response was lost starts no second turn', async () => {
    const id = randomUUID();
    const message = { id: 'm', role: 'user', parts: [{ type: 'text', text: 'once' }] };
    const post = async () => {
      const response = await fetch(`${app.url}/ai-sdk`, {
        method: 'POST',
        headers: { 'x-owner': 'ada', 'content-type': 'application/json' },
        body: JSON.stringify({ id, message }),
      });
      const text = await response.text();
      expect([text, response.headers.get('x-vercel-ai-ui-message-stream')]).toEqual([text, 'v1']);
      return text;
    };
    const [first, second] = await Promise.all([post(), post()]);
    for (const body of [first, second, await post()]) {
      expect(body).toContain('You said: once');
      expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
    }
    expect(await load(id)).toHaveLength(2);
  });
});
