import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

describe.each(expressStacks)('webhooks of interrupted turns on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent, webhooks: { allowPrivateAddresses: true } });
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.start();
  });

  afterAll(async () => {
    await receiver.close();
  });

  const asking = () =>
    agent.does(async ({ interrupt, usage }) => {
      usage({ total_tokens: 10 });
      await interrupt({ type: 'tool_approval', tool_name: 'refund', tool_args: {} }, { expiresIn: 60_000 });
      await interrupt({ type: 'ask' });
      return 'done';
    });

  it('are sent with include_interrupts, with the pending questions and the history so far', async () => {
    const id = await app.client.newSession({ state: [{ role: 'user', content: 'before' }] });
    const webhook = { url: receiver.url('/all'), include_interrupts: true, include_messages: true };
    const first = await app.client.ask(id, { content: asking(), webhook });
    const [received] = await receiver.gets('/all');
    expect(received?.payload).toEqual({
      session_id: id,
      status: 'interrupted',
      response: null,
      error: null,
      interrupts: first.interrupts,
      messages: [{ role: 'user', content: 'before' }],
      trace_metrics: {
        trace_id: null,
        total_duration: expect.any(Number),
        total_tokens: 10,
        has_error: false,
      },
    });

    await app.client.resume(id, { interrupt_id: first.interrupts?.[0]?.interrupt_id ?? '', value: null });
    const second = await app.client.settled(id);
    await app.client.resume(id, { interrupt_id: second.interrupts?.[0]?.interrupt_id ?? '', value: null });
    const all = await receiver.gets('/all', 3);
    expect(all.map(({ payload }) => payload.status)).toEqual(['interrupted', 'interrupted', 'idle']);
    expect(all[1]?.payload.interrupts).toEqual(second.interrupts);
    expect(all[2]?.payload).not.toHaveProperty('interrupts');
    expect(all[2]?.payload.trace_metrics.total_tokens).toBe(30);
  });

  it('are all listed, and the pages of a list leave none out', async () => {
    const id = await app.client.newSession();
    const webhook = { url: receiver.url('/listed'), include_interrupts: true };
    for (let turn = 1; turn <= 2; turn++) {
      await app.client.ask(id, { content: asking(), webhook });
      for (let question = 1; question <= 2; question++) {
        const { interrupts } = await app.client.settled(id);
        await app.client.resume(id, { interrupt_id: interrupts?.[0]?.interrupt_id ?? '', value: null });
      }
      await app.client.settled(id);
    }
    await receiver.gets('/listed', 6);
    const whole = (await app.client.deliveries(id)).body;
    expect(whole).toHaveLength(6);
    const paged = [];
    for (let query: string | undefined = '?limit=1'; query !== undefined;) {
      const { body, headers } = await app.client.deliveries(id, query);
      paged.push(...body);
      query = /\?[^>]*/.exec(headers.get('link') ?? '')?.[0];
    }
    expect(paged.map(({ delivery_id }) => delivery_id)).toEqual(whole.map(({ delivery_id }) => delivery_id));
  });

  it('are not sent without include_interrupts', async () => {
    const id = await app.client.newSession();
    const first = await app.client.ask(id, { content: asking(), webhook: { url: receiver.url('/end') } });
    expect(first.status).toBe('interrupted');
    await app.client.cancel(id);
    expect((await receiver.gets('/end'))[0]?.payload.status).toBe('error');
    expect(receiver.on('/end')).toHaveLength(1);
  });
});
