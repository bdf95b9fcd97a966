import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { RecordedMessage } from '../../src/index.js';
import { checkedChatRequest } from '../../src/ui-protocols/ai-sdk/chat-request.js';
import { recordedUiMessages } from '../../src/ui-protocols/ai-sdk/ui-history.js';
import { UiStream } from '../../src/ui-protocols/ai-sdk/ui-stream.js';
import { decideAiSdk } from '../../src/ui-protocols/acceptance/decide-ai-sdk.js';
import { ShownTurn } from '../../src/ui-protocols/shown/shown-turn.js';
import { AI_SDK_CLIENTS, type Chat, type ListedMessage } from './ai-sdk-clients.js';
import { until } from '../support/until.js';
import { FakeServer } from './fake-server.js';
import * as hand from './hand-written-log.js';

describe.each(AI_SDK_CLIENTS)('the AI SDK $version', (client) => {
  let server: FakeServer;
  beforeAll(async () => void (server = await FakeServer.start()));
  afterAll(() => server.stop());

  /** The chunks of these events of the log; those before `from` have been shown by earlier streams. */
  function chunksOf(log: hand.Written[], from = 0): unknown[] {
    const turn = new ShownTurn();
    turn.live = true;
    const stream = new UiStream(hand.SESSION, hand.TURN);
    const sent: unknown[] = [...stream.start()];
    hand.logOf(...log).forEach((event, index) => {
      const chunks = turn.see(event as never).flatMap((action) => stream.write(action));
      if (index >= from) sent.push(...chunks);
    });
    return [...sent, '[DONE]'];
  }

  async function send(log: hand.Written[], options: object = {}): Promise<Chat> {
    const chat = client.newChat({ api: server.url, id: 'chat', ...options });
    server.bodies.push(chunksOf(log));
    await chat.sendMessage({ text: 'hi' });
    return chat;
  }

  const textsOf = ({ messages }: Chat) =>
    messages.flatMap(({ parts }) => parts.flatMap(({ type, text }) => (type === 'text' ? [text] : [])));
  const toolsOf = ({ messages }: Chat) =>
    messages.flatMap(({ parts }) => parts.filter(({ type }) => type === 'dynamic-tool'));

  it('shows a streamed text in one message of the turn', async () => {
    const chat = await send([
      hand.queued(),
      hand.started,
      hand.text('m1', 'Hel'),
      hand.text('m1', 'lo'),
      hand.completed(hand.said('m1', 'Hello')),
    ]);
    expect(chat).toMatchObject({ status: 'ready', error: undefined });
    expect(chat.messages[1]).toMatchObject({
      id: hand.TURN,
      role: 'assistant',
      metadata: { session_id: hand.SESSION, turn_id: hand.TURN, usage: { total_tokens: 9 } },
      parts: [{ type: 'step-start' }, { type: 'text', text: 'Hello' }],
    });
  });

  it('shows reasoning, a tool call, its result and the text after it in a step of its own', async () => {
    const chat = await send(
      [
        hand.queued(),
        hand.started,
        hand.reasoning('m1', 'Hm.'),
        hand.text('m1', 'I add.'),
        hand.call('m1', 'c1'),
        hand.result('m2', 'c1'),
        hand.text('m3', 'It is 2'),
        hand.completed(hand.said('m3', 'It is 2')),
      ],
      { sendAutomaticallyWhen: client.whenToolsHaveOutput },
    );
    expect(chat.messages[1]?.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'reasoning', text: 'Hm.' },
      { type: 'text', text: 'I add.' },
      { type: 'dynamic-tool', toolName: 'add', input: { a: 1 }, state: 'output-available', output: '2' },
      { type: 'step-start' },
      { type: 'text', text: 'It is 2' },
    ]);
    expect(server.bodies).toEqual([]);
  });

  it('does not send again by itself after a turn that ends with the result of a tool', async () => {
    const before = server.requests.length;
    await send(
      [
        hand.queued(),
        hand.started,
        hand.call('m1', 'c1'),
        hand.result('m2', 'c1'),
        hand.completed(hand.said('m3', '')),
      ],
      { sendAutomaticallyWhen: client.whenToolsHaveOutput },
    );
    expect(server.requests).toHaveLength(before + 1);
  });

  it.each([
    [true, 'output-available'],
    [false, 'output-denied'],
  ])('asks for an approval and goes on after the answer approved: %s', async (approved, state) => {
    const log = [hand.queued(), hand.started, hand.text('m1', 'May I?'), hand.approval()];
    const chat = await send(log, { sendAutomaticallyWhen: client.whenAnswered });
    expect(toolsOf(chat)).toMatchObject([
      { toolName: 'refund', input: { order: 7 }, state: 'approval-requested', approval: { id: 'i1' } },
    ]);
    const after = [
      ...log,
      hand.resumed({ approved }),
      hand.started,
      hand.text('m2', 'May I?'),
      hand.text('m3', 'Done'),
      hand.completed(hand.said('m2', 'May I?'), hand.said('m3', 'Done')),
    ];
    server.bodies.push(chunksOf(after, log.length));
    const requests = server.requests.length;
    await chat.addToolApprovalResponse({ id: 'i1', approved, reason: 'because' });
    await until(() => textsOf(chat).includes('Done') && chat.status === 'ready', {
      what: 'the end of the turn',
    });
    expect(chat.messages).toHaveLength(2);
    expect(toolsOf(chat)).toMatchObject([{ state }]);
    expect(textsOf(chat)).toEqual(['hi', 'May I?', 'Done']);
    expect(server.requests).toHaveLength(requests + 1);
    const [interrupt] = hand.approval().interrupts as never[];
    const open = { turnId: hand.TURN, status: 'interrupted' } as const;
    const standing = { open, asked: open, interrupts: [interrupt as never] };
    expect(decideAiSdk(checkedChatRequest(server.requests.at(-1)), standing)).toEqual({
      do: 'resume',
      turnId: hand.TURN,
      answers: [{ interruptId: 'i1', value: { approved, reason: 'because' } }],
    });
  });

  it('shows another question as a tool without output, which the page answers', async () => {
    const question = {
      interrupt_id: 'q1',
      type: 'user_input',
      payload: { type: 'user_input', questions: [] },
    };
    const log = [hand.queued(), hand.started, { type: 'turn.interrupted', interrupts: [question] }];
    const chat = await send(log, { sendAutomaticallyWhen: client.whenToolsHaveOutput });
    expect(toolsOf(chat)).toMatchObject([{ toolName: 'user_input', state: 'input-available' }]);
    const answer = { answers: { colour: 'red' } };
    const after = [...log, hand.resumed(answer, 'q1'), hand.started, hand.completed(hand.said('m1', 'Red'))];
    server.bodies.push(chunksOf(after, log.length));
    await chat.addToolOutput({ tool: 'user_input', toolCallId: 'q1', output: answer });
    await until(() => textsOf(chat).includes('Red') && chat.status === 'ready', {
      what: 'the end of the turn',
    });
    const open = { turnId: hand.TURN, status: 'interrupted' } as const;
    expect(
      decideAiSdk(checkedChatRequest(server.requests.at(-1)), { open, asked: open, interrupts: [question] }),
    ).toMatchObject({ do: 'resume', answers: [{ interruptId: 'q1', value: answer }] });
  });

  it('reports a failure as the error of the chat', async () => {
    const chat = await send([hand.queued(), hand.started, hand.text('m1', 'a'), hand.failed()]);
    expect(chat).toMatchObject({ status: 'error', error: { message: 'it broke' } });
  });

  it('is ready after a cancellation, with what was shown', async () => {
    const chat = await send([
      hand.queued(),
      hand.started,
      hand.text('m1', 'a'),
      hand.failed('Turn cancelled', 'cancelled'),
    ]);
    expect(chat.status).toBe('ready');
    expect(textsOf(chat)).toEqual(['hi', 'a']);
  });

  it('passes on an event of the agent as transient data', async () => {
    const data: unknown[] = [];
    const chat = await send(
      [
        hand.queued(),
        hand.started,
        hand.text('m1', 'a'),
        { type: 'progress', percent: 50 },
        hand.text('m1', 'b'),
        hand.completed(hand.said('m1', 'ab')),
      ],
      { onData: (part: unknown) => void data.push(part) },
    );
    expect(textsOf(chat)).toEqual(['hi', 'ab']);
    expect(data).toMatchObject([{ type: 'data-progress', data: { percent: 50 } }]);
  });

  it('shows arguments that are no JSON as an error of the call', async () => {
    const chat = await send([
      hand.queued(),
      hand.started,
      hand.call('m1', 'c1', 'add', '{'),
      hand.completed(hand.said('m2', 'no')),
    ]);
    expect(toolsOf(chat)).toMatchObject([{ state: 'output-error' }]);
    expect(chat.status).toBe('ready');
  });

  it('accepts the history as the messages to load', async () => {
    const at = '2026-01-01T00:00:00.000Z';
    const of = (turn_id: string | null, message_id: string, message: object) =>
      ({ turn_id, message_id, created_at: at, ...message }) as RecordedMessage;
    const call = { id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } };
    const preloaded = [
      of(null, 'p1', { role: 'system', content: 'be nice' }),
      of(null, 'p2', { role: 'assistant', content: 'hello' }),
    ];
    const ofTurn = [
      of(hand.TURN, 'u1', { role: 'user', content: 'hi', base64_image: 'iVBORw0KGgo=' }),
      of(hand.TURN, 'm1', { role: 'assistant', content: null, reasoning: 'Hm.', tool_calls: [call] }),
      of(hand.TURN, 'm2', { role: 'tool', content: '2', tool_call_id: 'c1' }),
      of(hand.TURN, 'm3', { role: 'assistant', content: 'It is 2' }),
    ];
    const question = { interrupt_id: 'q1', type: 'user_input', payload: {} };
    const loaded = [
      ...recordedUiMessages(hand.SESSION, { turnId: null, messages: preloaded, answered: [] }),
      ...recordedUiMessages(hand.SESSION, {
        turnId: hand.TURN,
        messages: ofTurn,
        answered: [
          { interrupt: approvalOf('i1', 'c1'), value: { approved: true } },
          { interrupt: approvalOf('i2'), value: { approved: false } },
          { interrupt: question, value: { answers: {} } },
        ],
      }),
    ];
    const valid = await client.validate(loaded);
    expect(valid).toEqual({ success: true, data: expect.anything() });
    expect(loaded.map(({ id, role }: Pick<ListedMessage, 'id' | 'role'>) => [id, role])).toEqual([
      ['p1', 'system'],
      ['p2', 'assistant'],
      ['u1', 'user'],
      [hand.TURN, 'assistant'],
    ]);
  });
});

function approvalOf(interrupt_id: string, tool_call_id?: string) {
  return { interrupt_id, type: 'tool_approval', payload: { tool_name: 'refund', tool_call_id } };
}
