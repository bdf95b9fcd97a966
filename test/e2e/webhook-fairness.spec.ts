import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Delivery } from '../../src/index.js';
import { Receiver } from '../support/receiver.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { SilentReceiver } from '../support/silent-receiver.js';
import { backends, startApp, type TestApp } from '../support/stacks.js';
import { until } from '../support/until.js';

/** The pause before the second attempt for good receivers, and its maximum with jitter; ms. */
const RETRY = { pause: 1_500, longest: 1_650 };

/** Maximum delay of a delivery to a good receiver, in ms: less than an attempt at a silent one takes. */
const LATE = 4_000;

/** The columns that are equal for all deliveries. */
const SAME = `'pending', 0, 0, '[]', 'idle', 0`;

describe.each(backends)('webhooks to many receivers on $name', (backend) => {
  let app: TestApp;
  let honest: Receiver;
  const silent: SilentReceiver[] = [];
  const name = `fair-${randomUUID()}`;
  const agent = new ScriptedAgent();

  beforeEach(async () => {
    honest = await Receiver.start();
    app = await startApp(
      { ...backend, adapter: 'express' },
      { agent, name, webhooks: { allowPrivateAddresses: true, retryDelays: [RETRY.pause, 60_000] } },
    );
  });
  afterEach(async () => {
    await Promise.all([app.close(), honest.close(), ...silent.splice(0).map((one) => one.close())]);
  });

  async function silentReceiver(): Promise<SilentReceiver> {
    const receiver = await SilentReceiver.start();
    silent.push(receiver);
    return receiver;
  }

  /** Deliveries that have been due for an hour, as left by earlier turns. */
  async function backlog(urls: string[], session?: string): Promise<void> {
    const due = (Date.now() - 3_600_000) * 1_000;
    for (let start = 0; start < urls.length; start += 500) {
      const rows = urls.slice(start, start + 500).map((url, index) => {
        const columns = [randomUUID(), name, session ?? randomUUID(), randomUUID(), url, new URL(url).origin];
        return `(${columns.map((text) => `'${text}'`).join(', ')}, true, ${due + start + index}, ${due}, ${SAME})`;
      });
      await app.dataSource.query(
        `INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, allow_private_addresses,
          next_attempt_at, created_at, status, claim, tries, attempts, session_status, total_duration)
         VALUES ${rows.join(', ')}`,
      );
    }
  }

  /** The delay of a first attempt and of a retry under this load, in ms. */
  async function lateness(): Promise<{ first: number; retry: number }> {
    const path = `/honest-${randomUUID()}`;
    const url = honest.answers(path, 500, 200);
    const id = await app.client.newSession();
    await app.client.ask(id, { content: 'hello', webhook: { url } });
    const settledAt = Date.now();
    const [first, second] = await honest.gets(path, 2, 30_000);
    if (!first || !second) throw new Error('Two attempts are there');
    return { first: first.at - settledAt, retry: second.at - first.at - RETRY.longest };
  }

  async function expectPunctual(): Promise<void> {
    for (const late of await Promise.all(Array.from({ length: 5 }, lateness))) {
      expect(late.first).toBeLessThan(LATE);
      expect(late.retry).toBeLessThan(LATE);
    }
  }

  const connected = (count: number) =>
    until(() => silent.reduce((sum, { most }) => sum + most, 0) >= count, { what: `${count} connections` });

  it('are on time beside ten silent receivers with 200 deliveries each', async () => {
    const ports: number[] = [];
    for (let count = 0; count < 10; count++) ports.push((await silentReceiver()).port);
    await backlog(ports.flatMap((port) => Array<string>(200).fill(`http://127.0.0.1:${port}/`)));
    await connected(50);
    await expectPunctual();
    for (const { most } of silent) expect(most).toBeLessThanOrEqual(5);
  }, 60_000);

  it('are on time beside one session with 3,000 deliveries to many receivers', async () => {
    const { port } = await silentReceiver();
    const urls = Array.from({ length: 3_000 }, (_, index) => `http://name-${index}.localhost:${port}/`);
    await backlog(urls, randomUUID());
    await connected(3);
    await expectPunctual();
    expect(silent[0]?.most).toBeLessThanOrEqual(3);
  }, 60_000);

  it('are on time beside 1,000 names of one silent address', async () => {
    const { port } = await silentReceiver();
    const urls = Array.from(
      { length: 3_000 },
      (_, index) => `http://name-${index % 1_000}.localhost:${port}/`,
    );
    await backlog(urls);
    await connected(10);
    await expectPunctual();
    expect(silent[0]?.most).toBeLessThanOrEqual(10);
  }, 60_000);

  it('are on time beside another session’s backlog at the same receiver', async () => {
    const slow = honest.answers('/slow', () => undefined);
    await backlog(Array<string>(300).fill(slow), randomUUID());
    await honest.gets('/slow', 3);
    await expectPunctual();
  }, 60_000);

  it('of a backlog are all delivered, each once', async () => {
    const path = '/prompt';
    await backlog(Array<string>(600).fill(honest.answers(path, 200)));
    await honest.gets(path, 600, 50_000);
    expect(new Set(honest.on(path).map(({ headers }) => headers['webhook-id'])).size).toBe(600);
  }, 60_000);

  it('are sent again after the attempt in progress if a client requests redelivery', async () => {
    const path = `/again-${randomUUID()}`;
    let end: (() => void) | undefined;
    const url = honest.answers(path, (response) => (end = () => response.writeHead(200).end()), 200);
    const id = await app.client.newSession();
    await app.client.ask(id, { content: 'hello', webhook: { url } });
    await honest.gets(path);
    const deliveries = async () =>
      (await app.client.request('GET', `/sessions/${id}/deliveries`)).body as Delivery[];
    const [{ delivery_id: deliveryId } = { delivery_id: '' }] = await deliveries();
    const again = await app.client.request('POST', `/sessions/${id}/deliveries/${deliveryId}/redeliver`);
    expect(again.status).toBe(202);
    end?.();
    await honest.gets(path, 2);
    const delivered = await until(
      async () => (await deliveries()).find(({ status }) => status === 'delivered'),
      {
        what: 'the second attempt to be recorded',
      },
    );
    expect(delivered.attempts).toMatchObject([{ status_code: 200 }, { status_code: 200 }]);
  });
});
