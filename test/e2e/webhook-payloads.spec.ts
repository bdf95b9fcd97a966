import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

import type { ChatMessage, Delivery } from '../../src/index.js';
import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { SilentReceiver } from '../support/silent-receiver.js';
import { backends, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const MEBIBYTE = 1024 * 1024;
const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

describe.each(backends)('the payloads of webhooks on $name', (backend) => {
  const agent = new ScriptedAgent();
  const name = `payloads-${randomUUID()}`;
  const app = useApp(
    { ...backend, adapter: 'express' },
    { agent, name, webhooks: { allowPrivateAddresses: true, secrets: [SECRET], retryDelays: [60_000] } },
  );
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());

  /** The webhook of a turn in a session with a history of this size. */
  async function sent(bytes: number, path: string) {
    const part: ChatMessage = { role: 'user', content: 'é'.repeat(MEBIBYTE / 4) };
    const state = Array.from({ length: bytes / (MEBIBYTE / 2) }, () => part);
    const { session_id: id } = await app.sessions.create({ state });
    const webhook = { url: receiver.url(path), include_messages: true };
    await app.client.ask(id, { content: 'hello', webhook });
    const [received] = await receiver.gets(path);
    if (!received) throw new Error('A request is there');
    return { state, received };
  }

  it('contain a history of 7 MiB, and pass verification by the reference library', async () => {
    const { state, received } = await sent(7 * MEBIBYTE, '/large');
    expect(received.payload.messages).toHaveLength(state.length + 2);
    expect(received.payload.messages?.at(0)).toEqual(state[0]);
    expect(received.payload).not.toHaveProperty('messages_omitted');
    const headers = received.headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(received.text, headers)).toBeTruthy();
  });

  it('omit a history of 9 MiB with messages_omitted', async () => {
    const { received } = await sent(9 * MEBIBYTE, '/too-large');
    expect(received.payload).toMatchObject({
      status: 'idle',
      response: { role: 'assistant', content: 'You said: hello' },
      messages: null,
      messages_omitted: true,
    });
    expect(received.text.length).toBeLessThan(1_000);
  });

  it('and all other reads show a large response, wherever it is stored', async () => {
    const response = { role: 'assistant' as const, content: 'ü'.repeat(MEBIBYTE), reasoning: 'because' };
    const content = agent.does(() => response);
    const id = await app.client.newSession({});
    const session = await app.client.ask(id, { content, webhook: { url: receiver.url('/stored') } });
    expect(session).toMatchObject({ status: 'idle', response });
    expect((await app.client.patch(id, { seen: true })).body).toMatchObject({
      response,
      metadata: { seen: true },
    });
    expect((await app.client.turns(id)).body).toMatchObject([{ status: 'completed', response }]);
    expect((await app.client.messages(id)).body).toEqual([{ role: 'user', content }, response]);
    expect((await receiver.gets('/stored'))[0]?.payload).toMatchObject({ status: 'idle', response });
    // The answer before does not come back.
    const fails = agent.does(() => {
      throw new Error('no');
    });
    expect(await app.client.ask(id, fails)).toMatchObject({ status: 'error', response: null });
  });

  it('contain the complete response at any size', async () => {
    const content = agent.does(() => 'x'.repeat(9 * MEBIBYTE));
    const id = await app.client.newSession();
    const webhook = { url: receiver.url('/response'), include_messages: true };
    await app.client.ask(id, { content, webhook });
    const [received] = await receiver.gets('/response');
    expect(received?.payload.response?.content).toHaveLength(9 * MEBIBYTE);
    expect(received?.payload).toMatchObject({ messages: null, messages_omitted: true });
  });

  it('are limited in total size, and small ones pass large ones', async () => {
    const silent = await Promise.all(Array.from({ length: 20 }, () => SilentReceiver.start()));
    try {
      const x =
        backend.queue === 'bull' ? `repeat('x', ${10 * MEBIBYTE})` : `printf('%.*c', ${10 * MEBIBYTE}, 'x')`;
      const due = Date.now() * 1_000;
      for (const { port } of silent) {
        const url = `http://127.0.0.1:${port}`;
        await app.dataSource.query(
          `INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, response,
            allow_private_addresses, next_attempt_at, created_at, status, claim, tries, attempts, session_status,
            total_duration)
           VALUES ('${randomUUID()}', '${name}', '${randomUUID()}', '${randomUUID()}', '${url}', '${url}',
            '{"role":"assistant","content":"' || ${x} || '"}', true, ${due}, ${due}, 'pending', 0, 0, '[]', 'idle', 0)`,
        );
      }
      const connected = () => silent.filter(({ most }) => most > 0).length;
      await until(() => connected() >= 12, { what: 'those for which there is room' });
      const id = await app.client.newSession();
      await app.client.ask(id, { content: 'hello', webhook: { url: receiver.url('/small') } });
      expect(await receiver.gets('/small')).toHaveLength(1);
      // No large one has ended meanwhile, because the next would have taken its place.
      expect(connected()).toBe(12);
    } finally {
      await Promise.all(silent.map((one) => one.close()));
    }
  }, 60_000);

  it('of a row that cannot be sent do not block others', async () => {
    const held = agent.holds();
    const id = await app.client.newSession();
    await app.client.send(id, { content: held.content, webhook: { url: receiver.url('/broken') } });
    await held.started;
    // The URL is read from the turn's row when the turn ends.
    await app.dataSource.query(
      `UPDATE agent_turn SET webhook = replace(webhook, '"url":"http', '"url":"no url') WHERE session_id = '${id}'`,
    );
    held.answer('ok');
    await app.client.settled(id);
    const attempted = await until(
      async () => {
        const { body } = await app.client.request('GET', `/sessions/${id}/deliveries`);
        return (body as Delivery[]).find(({ attempts }) => attempts.length > 0);
      },
      { what: 'an attempt' },
    );
    expect(attempted).toMatchObject({
      url: '',
      attempts: [{ status_code: null, error: expect.stringMatching(/./) }],
    });
    const other = await app.client.newSession();
    await app.client.ask(other, { content: 'hello', webhook: { url: receiver.url('/beside-broken') } });
    expect(await receiver.gets('/beside-broken')).toHaveLength(1);
  });
});
