import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { DeliveryNotFoundException, SessionNotFoundException } from '../../src/index.js';
import { ChangedItsMind } from '../support/host-orders.js';
import { Receiver } from '../support/receiver.js';
import { expressStacks, useApp } from '../support/stacks.js';
import { until } from '../support/until.js';

describe.each(expressStacks)('deliveries of the service on $name', (stack) => {
  const app = useApp(stack, {
    agent: () => 'ok',
    webhooks: { allowPrivateAddresses: true, retryDelays: [] },
  });
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());

  /** A session of this owner whose only delivery has failed. */
  async function failedDelivery(path: string, owner?: string): Promise<{ session: string; id: string }> {
    const { session_id } = await app.sessions.create({}, { owner });
    const webhook = { url: receiver.answers(path, 500, 200) };
    await app.sessions.send(session_id, { content: 'hello', webhook });
    const id = await until(
      async () => {
        const [delivery] = await app.sessions.deliveries(session_id);
        return delivery?.status === 'failed' && delivery.delivery_id;
      },
      { what: 'the delivery to fail' },
    );
    return { session: session_id, id };
  }

  it('are listed in the order of the turns, after a given turn', async () => {
    const { session_id } = await app.sessions.create();
    for (const path of ['/first', '/second']) {
      await app.sessions.send(session_id, { webhook: { url: receiver.answers(path, 200) } });
      await app.sessions.get(session_id, { wait: true });
    }
    const all = await app.sessions.deliveries(session_id);
    expect(all.map(({ url }) => new URL(url).pathname)).toEqual(['/first', '/second']);
    const first = await app.sessions.deliveryPage(session_id, { limit: 1 });
    expect(first).toMatchObject({ deliveries: [{ delivery_id: all[0]?.delivery_id }], next: 1 });
    const second = await app.sessions.deliveryPage(session_id, { after: 1 });
    expect(second.deliveries.map(({ delivery_id }) => delivery_id)).toEqual([all[1]?.delivery_id]);
    expect(second.next).toBeUndefined();
  });

  it('are repeated under the same id', async () => {
    const { session, id } = await failedDelivery('/again');
    expect(await app.sessions.redeliver(session, id)).toEqual({ delivery_id: id, status: 'pending' });
    const received = await receiver.gets('/again', 2);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
  });

  it('are repeated after the caller’s transaction commits, and not after a rollback', async () => {
    const { session, id } = await failedDelivery('/transaction');
    const changed = app.dataSource.transaction(async (manager) => {
      await app.sessions.redeliver(session, id, { manager });
      expect(await app.sessions.deliveries(session, { manager })).toMatchObject([{ status: 'pending' }]);
      throw new ChangedItsMind();
    });
    await expect(changed).rejects.toThrow(ChangedItsMind);
    expect(await app.sessions.deliveries(session)).toMatchObject([{ status: 'failed' }]);

    await app.dataSource.transaction((manager) => app.sessions.redeliver(session, id, { manager }));
    await receiver.gets('/transaction', 2);
  });

  it("are visible only to their session's owner", async () => {
    const { session, id } = await failedDelivery('/owned', 'ada');
    const grace = { owner: 'grace' };
    await expect(app.sessions.deliveries(session, grace)).rejects.toThrow(SessionNotFoundException);
    await expect(app.sessions.redeliver(session, id, grace)).rejects.toThrow(SessionNotFoundException);
    expect(await app.sessions.deliveries(session, { owner: 'ada' })).toHaveLength(1);
  });

  it('are not found for an unknown session or delivery', async () => {
    const { session_id } = await app.sessions.create();
    await expect(app.sessions.deliveries('no-id')).rejects.toThrow(SessionNotFoundException);
    await expect(app.sessions.redeliver(randomUUID(), randomUUID())).rejects.toThrow(
      SessionNotFoundException,
    );
    await expect(app.sessions.redeliver(session_id, 'no-id')).rejects.toThrow(DeliveryNotFoundException);
  });
});
