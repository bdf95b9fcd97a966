import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { AgUiRun } from '../../src/ui-protocols/ag-ui/ag-ui-run.js';
import { agUiShownMessages } from '../../src/ui-protocols/ag-ui/ag-ui-messages.js';
import type { AgUiMessage } from '../../src/ui-protocols/ag-ui/ag-ui-event.js';
import { checkedAgUiInput } from '../../src/ui-protocols/ag-ui/ag-ui-input.js';
import { messagesOf } from '../../src/ui-protocols/shown/messages-of.js';
import type { ShownMessage } from '../../src/ui-protocols/shown/shown-message.js';
import { ShownTurn } from '../../src/ui-protocols/shown/shown-turn.js';
import { FakeServer } from './fake-server.js';
import * as hand from './hand-written-log.js';
import { AG_UI_CLIENTS, type AgUiAgent } from './ag-ui-clients.js';

describe.each(AG_UI_CLIENTS)('the AG-UI client $version', ({ version, HttpAgent }) => {
  let server: FakeServer;
  beforeAll(async () => void (server = await FakeServer.start()));
  afterAll(() => server.stop());

  function newAgent(): AgUiAgent {
    const agent = new HttpAgent({ url: server.url, threadId: 't1' });
    agent.messages = [{ id: 'u1', role: 'user', content: 'hi' }];
    return agent;
  }

  /** Runs the agent on these events of the log; those before `from` have been shown by earlier runs. */
  async function run(agent: AgUiAgent, log: hand.Written[], from = 0, options: object = {}) {
    const input = {
      threadId: 't1',
      runId: 'r1',
      isOld: version !== '1.0.0',
      answeredCalls: new Set<string>(),
    };
    const turn = new ShownTurn();
    turn.live = true;
    const writer = new AgUiRun(input);
    const sent: unknown[] = [...writer.start()];
    hand.logOf(...log).forEach((event, index) => {
      const events = turn.see(event as never).flatMap((action) => writer.write(action));
      for (const one of events) {
        if (index < from) continue;
        sent.push(one.type === 'snapshot' ? snapshot(one.ofTurn ?? messagesOf(turn.actions)) : one);
      }
    });
    server.bodies.push(sent);
    await agent.runAgent({ runId: 'r1', ...options });
    return agent.messages;
  }

  function snapshot(messages: ShownMessage[]) {
    const user: AgUiMessage = { id: 'u1', role: 'user', content: 'hi' };
    return { type: 'MESSAGES_SNAPSHOT', messages: [user, ...messages.flatMap(agUiShownMessages)] };
  }

  it('shows a streamed text under the id that is recorded', async () => {
    const messages = await run(newAgent(), [
      hand.queued(),
      hand.started,
      hand.text('m1', 'Hel'),
      hand.text('m1', 'lo'),
      hand.completed(hand.said('m1', 'Hello')),
    ]);
    expect(messages).toEqual([
      { id: 'u1', role: 'user', content: 'hi' },
      expect.objectContaining({ id: 'm1', role: 'assistant', content: 'Hello' }),
    ]);
  });

  it('shows an answer that was not streamed', async () => {
    const messages = await run(newAgent(), [
      hand.queued(),
      hand.started,
      hand.completed(hand.said('m1', 'Hello')),
    ]);
    expect(messages.at(-1)).toMatchObject({ id: 'm1', content: 'Hello' });
  });

  it('shows reasoning, a tool call, its result and the text after it', async () => {
    const messages = await run(newAgent(), [
      hand.queued(),
      hand.started,
      hand.reasoning('m1', 'Hm.'),
      hand.text('m1', 'I add.'),
      hand.call('m1', 'c1'),
      hand.result('m2', 'c1'),
      hand.text('m3', 'It is 2'),
      hand.completed(
        {
          ...hand.said('m1', 'I add.'),
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '2', message_id: 'm2' },
        hand.said('m3', 'It is 2'),
      ),
    ]);
    expect(messages.slice(1)).toMatchObject([
      { id: 'm1-reasoning', role: 'reasoning', content: 'Hm.' },
      {
        id: 'm1',
        content: 'I add.',
        toolCalls: [{ id: 'c1', function: { name: 'add', arguments: '{"a":1}' } }],
      },
      { id: 'm2', role: 'tool', toolCallId: 'c1', content: '2' },
      { id: 'm3', content: 'It is 2' },
    ]);
  });

  it('passes on an event of the agent as CUSTOM, also in the middle of a text', async () => {
    const agent = newAgent();
    const custom: unknown[] = [];
    agent.subscribe({ onCustomEvent: ({ event }: { event: unknown }) => void custom.push(event) });
    const messages = await run(agent, [
      hand.queued(),
      hand.started,
      hand.text('m1', 'a'),
      { type: 'progress', percent: 50 },
      hand.text('m1', 'b'),
      hand.completed(hand.said('m1', 'ab')),
    ]);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toMatchObject({ content: 'ab' });
    expect(custom).toMatchObject([{ name: 'progress', value: { percent: 50 } }]);
  });

  it('asks for an approval, and shows the answer as the result of the call', async () => {
    const log = [hand.queued(), hand.started, hand.text('m1', 'May I?'), hand.step(), hand.approval()];
    const agent = newAgent();
    await run(agent, log);
    expect(agent.messages.slice(1)).toMatchObject([
      { id: 'm1', content: 'May I?' },
      { toolCalls: [{ id: 'i1', function: { name: 'refund', arguments: '{"order":7}' } }] },
    ]);
    expect(agent.pendingInterrupts).toMatchObject([
      { id: 'i1', reason: 'tool_call', toolCallId: 'i1', metadata: { tool_name: 'refund' } },
    ]);
    const answer = { approved: true };
    await run(
      agent,
      [
        ...log,
        hand.resumed(answer),
        hand.started,
        hand.text('m2', 'Done'),
        hand.completed(hand.said('m1', 'May I?'), hand.said('m2', 'Done')),
      ],
      log.length,
      { resume: [{ interruptId: 'i1', status: 'resolved', payload: answer }] },
    );
    expect(agent.pendingInterrupts).toEqual([]);
    expect(agent.messages.slice(1)).toMatchObject([
      { id: 'm1' },
      { toolCalls: [{ id: 'i1' }] },
      { role: 'tool', toolCallId: 'i1', content: '{"approved":true}' },
      { id: 'm2', content: 'Done' },
    ]);
    const sent = checkedAgUiInput(server.requests.at(-1));
    expect(sent.resume).toEqual([{ interruptId: 'i1', status: 'resolved', payload: answer }]);
    expect(sent.isOld).toBe(version !== '1.0.0');
  });

  it('shows the result of an approved call once, as the agent reports it', async () => {
    const log = [
      hand.queued(),
      hand.started,
      hand.call('m1', 'c1', 'refund'),
      hand.step(),
      hand.approval('i1', { tool_call_id: 'c1' }),
    ];
    const agent = newAgent();
    await run(agent, log);
    await run(
      agent,
      [
        ...log,
        hand.resumed({ approved: true }),
        hand.started,
        hand.result('m2', 'c1', 'refunded'),
        hand.completed(
          {
            role: 'assistant',
            content: null,
            message_id: 'm1',
            tool_calls: [{ id: 'c1', type: 'function', function: { name: 'refund', arguments: '{"a":1}' } }],
          },
          { role: 'tool', tool_call_id: 'c1', content: 'refunded', message_id: 'm2' },
          hand.said('m3', 'Done'),
        ),
      ],
      log.length,
      { resume: [{ interruptId: 'i1', status: 'resolved', payload: { approved: true } }] },
    );
    expect(agent.messages.filter(({ role }) => role === 'tool')).toMatchObject([{ content: 'refunded' }]);
    expect(agent.messages.at(-1)).toMatchObject({ id: 'm3', content: 'Done' });
  });

  it('does not show twice what an agent streams again after an answer', async () => {
    const log = [hand.queued(), hand.started, hand.text('m1', 'May I?'), hand.approval()];
    const agent = newAgent();
    await run(agent, log);
    await run(
      agent,
      [
        ...log,
        hand.resumed({ approved: true }),
        hand.started,
        hand.text('m2', 'May'),
        hand.text('m2', ' I?'),
        hand.text('m3', 'Done'),
        hand.completed(hand.said('m2', 'May I?'), hand.said('m3', 'Done')),
      ],
      log.length,
      { resume: [{ interruptId: 'i1', status: 'resolved', payload: { approved: true } }] },
    );
    const texts = agent.messages.flatMap(({ role, content }) =>
      role === 'assistant' && content ? [content] : [],
    );
    expect(texts.sort()).toEqual(['Done', 'May I?']);
  });

  it('drops what a lost run has streamed if the next run says something else', async () => {
    const messages = await run(newAgent(), [
      hand.queued(),
      hand.started,
      hand.text('m1', 'It is 3'),
      { type: 'turn.requeued', reason: 'worker_lost' },
      hand.started,
      hand.text('m2', 'It is'),
      hand.text('m2', ' 2'),
      hand.completed(hand.said('m2', 'It is 2')),
    ]);
    expect(messages.slice(1)).toMatchObject([{ id: 'm2', content: 'It is 2' }]);
  });

  it('reports a failure, in the middle of a text', async () => {
    const agent = newAgent();
    const errors: unknown[] = [];
    agent.subscribe({ onRunErrorEvent: ({ event }: { event: unknown }) => void errors.push(event) });
    await run(agent, [hand.queued(), hand.started, hand.text('m1', 'a'), hand.failed()]).catch(
      () => undefined,
    );
    expect(errors).toMatchObject([{ message: 'it broke', code: 'agent_error' }]);
  });

  it('reports a cancellation in the form that it knows', async () => {
    const agent = newAgent();
    const ends: unknown[] = [];
    agent.subscribe({
      onRunErrorEvent: ({ event }: { event: unknown }) => void ends.push(event),
      onRunFinishedEvent: ({ event }: { event: unknown }) => void ends.push(event),
    });
    const log = [
      hand.queued(),
      hand.started,
      hand.text('m1', 'a'),
      hand.failed('Turn cancelled', 'cancelled'),
    ];
    await run(agent, log).catch(() => undefined);
    expect(ends).toMatchObject([
      version === '1.0.0' ? { outcome: { type: 'cancelled' } } : { code: 'cancelled' },
    ]);
  });
});
