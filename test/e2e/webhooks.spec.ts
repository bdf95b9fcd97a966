import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

import type { Delivery } from '../../src/index.js';
import type { SessionsClient } from '../support/client.js';
import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

const SECRETS = ['a', 'b'].map((letter) => `whsec_${Buffer.from(letter.repeat(32)).toString('base64')}`);
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

async function deliveriesOf(client: SessionsClient, id: string): Promise<Delivery[]> {
  return (await client.request('GET', `/sessions/${id}/deliveries`)).body as Delivery[];
}

/** Waits until the session's only delivery has this state. */
async function delivery(client: SessionsClient, id: string, status: Delivery['status']): Promise<Delivery> {
  const isThere = async () => (await deliveriesOf(client, id)).find((one) => one.status === status);
  return until(isThere, { what: `the delivery to be ${status}` });
}

describe.each(expressStacks)('webhooks on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, {
    agent,
    turnTimeout: 1_000,
    webhooks: { secrets: SECRETS, allowPrivateAddresses: true, retryDelays: [20, 20] },
  });
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());

  it('contain the result of a turn, with the bearer token', async () => {
    const id = await app.client.newSession({ state: [{ role: 'system', content: 'Be brief.' }] });
    const content = agent.does((turn) => {
      turn.usage({ total_tokens: 42 });
      return 'hi there';
    });
    await app.client.ask(id, { content, webhook: { url: receiver.url('/result'), token: 'a-token' } });
    const [received] = await receiver.gets('/result');
    expect(received?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer a-token',
    });
    expect(received?.payload).toEqual({
      session_id: id,
      status: 'idle',
      response: { role: 'assistant', content: 'hi there' },
      error: null,
      messages: null,
      trace_metrics: {
        trace_id: null,
        total_duration: expect.any(Number),
        total_tokens: 42,
        has_error: false,
      },
    });
  });

  it('contain the complete history if requested, the response included', async () => {
    const state = [{ role: 'system' as const, content: 'Be brief.' }];
    const id = await app.client.newSession({ state });
    const webhook = { url: receiver.url('/history'), include_messages: true };
    const answer = { role: 'assistant', content: 'You said: hello' };
    await app.client.ask(id, { content: 'hello', name: 'Ann', webhook });
    const [received] = await receiver.gets('/history');
    expect(received?.payload.messages).toEqual([
      ...state,
      { role: 'user', content: 'hello', name: 'Ann' },
      answer,
    ]);

    const replaced = agent.does(() => ({
      response: { role: 'assistant', content: 'new' },
      history: [{ role: 'assistant', content: 'new' }],
    }));
    await app.client.ask(id, { content: replaced, webhook });
    expect((await receiver.gets('/history', 2))[1]?.payload.messages).toEqual([
      { role: 'assistant', content: 'new' },
    ]);
  });

  it('report errors, time-outs and cancels, with the unchanged history', async () => {
    const failing = agent.does(() => {
      throw new Error('no model');
    });
    const never = agent.holds();
    const held = agent.holds();
    for (const [path, content, error] of [
      ['/error', failing, 'no model'],
      ['/timeout', never.content, 'Turn timed out after 1 s'],
      ['/cancel', held.content, 'Turn cancelled'],
    ] as const) {
      const id = await app.client.newSession({ state: [{ role: 'user', content: 'before' }] });
      const webhook = { url: receiver.url(path), include_messages: true };
      await app.client.send(id, { content, webhook });
      if (path === '/cancel') await app.client.cancel(id);
      const [received] = await receiver.gets(path);
      expect(received?.payload).toMatchObject({
        session_id: id,
        status: 'error',
        response: null,
        error,
        messages: [{ role: 'user', content: 'before' }],
        trace_metrics: { has_error: true },
      });
    }
  });

  it('are signed with every secret, and pass verification by the reference library', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, { content: 'hello', webhook: { url: receiver.url('/signed') } });
    const [received] = await receiver.gets('/signed');
    const headers = received?.headers as Record<string, string>;
    for (const secret of SECRETS)
      expect(new Webhook(secret).verify(received?.text ?? '', headers)).toBeTruthy();
    expect(() => new Webhook(`whsec_${Buffer.alloc(32).toString('base64')}`).verify('{}', headers)).toThrow();
    expect(headers['webhook-id']).toMatch(UUID);
  });

  it('are retried under the same id until the receiver accepts them', async () => {
    const id = await app.client.newSession();
    const url = receiver.answers('/flaky', 500, 302, 200);
    await app.client.ask(id, { content: 'hello', webhook: { url: url + '?key=secret' } });
    const received = await receiver.gets('/flaky', 3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(received.map(({ text }) => text)).size).toBe(1);
    const done = await delivery(app.client, id, 'delivered');
    expect(done).toEqual({
      delivery_id: received[0]?.headers['webhook-id'],
      turn_id: (await app.client.turns(id)).body[0]?.turn_id,
      url,
      status: 'delivered',
      next_attempt_at: null,
      attempts: [500, 302, 200].map((status_code) => ({
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        status_code,
        error: status_code === 200 ? null : `The receiver answered ${status_code}`,
        duration_ms: expect.any(Number),
      })),
    });
  });

  it('are given up after the last attempt, and sent again on request', async () => {
    const id = await app.client.newSession();
    const url = receiver.answers('/down', 500, 500, 500, 503, 200);
    await app.client.ask(id, { content: 'hello', webhook: { url } });
    const failed = await delivery(app.client, id, 'failed');
    expect(failed.attempts).toHaveLength(3);
    expect(failed.next_attempt_at).toBeNull();

    const path = `/sessions/${id}/deliveries/${failed.delivery_id}/redeliver`;
    const { status, body } = await app.client.request('POST', path);
    expect(status).toBe(202);
    expect(body).toEqual({ delivery_id: failed.delivery_id, status: 'pending' });
    const received = await receiver.gets('/down', 5);
    expect(received[4]?.headers['webhook-id']).toBe(failed.delivery_id);
    expect((await delivery(app.client, id, 'delivered')).attempts).toHaveLength(5);
  });

  it('are not retried after 410 Gone', async () => {
    const id = await app.client.newSession();
    await app.client.ask(id, { content: 'hello', webhook: { url: receiver.answers('/gone', 410) } });
    expect((await delivery(app.client, id, 'failed')).attempts).toMatchObject([{ status_code: 410 }]);
    expect(receiver.on('/gone')).toHaveLength(1);
  });

  it('are postponed by Retry-After', async () => {
    const id = await app.client.newSession();
    const url = receiver.answers('/busy', (response) =>
      response.writeHead(429, { 'retry-after': '3600' }).end(),
    );
    await app.client.ask(id, { content: 'hello', webhook: { url } });
    await receiver.gets('/busy');
    const pending = await until(
      async () => (await deliveriesOf(app.client, id)).find(({ attempts }) => attempts.length === 1),
      { what: 'the attempt to be listed' },
    );
    expect(Date.parse(pending.next_attempt_at ?? '') - Date.now()).toBeGreaterThan(3_500_000);
    expect(pending.status).toBe('pending');
  });

  it('are independent: a receiver that hangs delays no other', async () => {
    const other = await Receiver.start();
    try {
      const hang = other.answers('/hang', () => undefined);
      for (let count = 0; count < 12; count++) {
        await app.client.ask(await app.client.newSession(), { content: 'hello', webhook: { url: hang } });
      }
      await other.gets('/hang', 1);
      const id = await app.client.newSession();
      await app.client.ask(id, { content: 'hello', webhook: { url: receiver.url('/prompt') } });
      const settledAt = Date.now();
      const [received] = await receiver.gets('/prompt');
      expect((received?.at ?? Infinity) - settledAt).toBeLessThan(1_000);
    } finally {
      await other.close();
    }
  });

  it('are dropped with their session, pending or requested again', async () => {
    const id = await app.client.newSession();
    const held = agent.holds();
    await app.client.send(id, { content: held.content, webhook: { url: receiver.url('/deleted') } });
    await held.started;
    await app.client.delete(id);
    held.answer('too late');

    const other = await app.client.newSession();
    const url = receiver.answers('/deleted-later', (response) =>
      response.writeHead(503, { 'retry-after': '2' }).end(),
    );
    await app.client.ask(other, { content: 'hello', webhook: { url } });
    await receiver.gets('/deleted-later');
    await app.client.delete(other);
    expect((await app.client.request('GET', `/sessions/${other}/deliveries`)).status).toBe(404);
    const rows = await app.dataSource.query<unknown[]>(
      `SELECT id FROM agent_webhook_delivery WHERE session_id IN ('${id}', '${other}')`,
    );
    expect(rows).toEqual([]);
    expect(receiver.on('/deleted')).toEqual([]);
  });

  it('are listed in pages, in the order of the turns', async () => {
    const id = await app.client.newSession();
    for (let count = 0; count < 3; count++) {
      await app.client.ask(id, { content: 'hello', webhook: { url: receiver.url('/paged') } });
    }
    const path = `/sessions/${id}/deliveries`;
    const turnsOf = (body: unknown) => (body as Delivery[]).map(({ turn_id }) => turn_id);
    const turns = (await app.client.turns(id)).body.map(({ turn_id }) => turn_id);
    const first = await app.client.request('GET', `${path}?limit=2`);
    expect(turnsOf(first.body)).toEqual(turns.slice(0, 2));
    expect(first.headers.get('link')).toBe(`<${path}?limit=2&after=2>; rel="next"`);
    const second = await app.client.request('GET', `${path}?limit=2&after=2`);
    expect(turnsOf(second.body)).toEqual(turns.slice(2));
    expect(second.headers.get('link')).toBeNull();
    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=x',
      'after=-1',
      'after=2147483648',
      'after=1&after=2',
    ]) {
      const { status, body } = await app.client.request('GET', `${path}?${query}`);
      expect(status).toBe(422);
      expect(body).toMatchObject({
        code: 'validation_failed',
        message: [expect.stringMatching(new RegExp(`^${query.split('=', 1)[0] ?? ''} must`))],
      });
    }
  });

  it('are listed only for their session', async () => {
    const id = await app.client.newSession();
    expect(await deliveriesOf(app.client, id)).toEqual([]);
    await app.client.ask(id, { content: 'hello', webhook: { url: receiver.url('/mine') } });
    const mine = await delivery(app.client, id, 'delivered');
    const other = await app.client.newSession();
    for (const [session, delivery, code] of [
      [other, mine.delivery_id, 'delivery_not_found'],
      [id, randomUUID(), 'delivery_not_found'],
      [id, 'no-uuid', 'delivery_not_found'],
      [randomUUID(), mine.delivery_id, 'session_not_found'],
    ] as const) {
      const path = `/sessions/${session}/deliveries/${delivery}/redeliver`;
      expect(await app.client.request('POST', path)).toMatchObject({ status: 404, body: { code } });
    }
    expect((await app.client.request('GET', `/sessions/${randomUUID()}/deliveries`)).status).toBe(404);
    expect((await app.client.request('GET', '/sessions/no-uuid/deliveries')).status).toBe(404);
    expect(receiver.on('/mine')).toHaveLength(1);
  });
});

describe.each(expressStacks)('webhooks to private addresses on $name', (stack) => {
  const app = useApp(stack, { agent: () => 'ok', webhooks: { retryDelays: [] } });
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    'localhost',
  ])('cannot reach http://%s', async (host) => {
    const id = await app.client.newSession();
    const url = `http://${host}:${receiver.port}/`;
    expect((await app.client.send(id, { content: 'hello', webhook: { url } })).status).toBe(202);
    const failed = await delivery(app.client, id, 'failed');
    expect(failed.attempts).toMatchObject([
      { status_code: null, error: expect.stringMatching(/^Refused: .* is no public address$/) },
    ]);
    expect(receiver.connections).toBe(0);
  });
});
