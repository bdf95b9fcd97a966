import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Stores } from '../../../src/database/stores.js';
import type { ChatMessage } from '../../../src/index.js';
import type { WebhookPayload } from '../../../src/webhooks/delivery.js';
import { deliveryBody, MAX_PAYLOAD_BYTES } from '../../../src/webhooks/delivery-body.js';
import { until } from '../../support/until.js';
import { ATTEMPT, claimed, ended, listed, URL } from '../open-deliveries.js';
import { ANSWERED, ASKED, claim, newSession, newTurn, RESULT } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';

const WITH_MESSAGES = { url: URL, include_messages: true };

/** The payload of the due delivery of a turn, and its size in bytes. */
async function payload(stores: Stores, turnId: string): Promise<{ bytes: number; payload: WebhookPayload }> {
  const body = Buffer.concat(await deliveryBody(await claimed(stores, turnId), stores.deliveries));
  return { bytes: body.length, payload: JSON.parse(body.toString()) as WebhookPayload };
}

async function messages(stores: Stores, turnId: string): Promise<ChatMessage[] | null> {
  return (await payload(stores, turnId)).payload.messages;
}

/** A turn that replaces the history. */
async function replace(stores: Stores, sessionId: string): Promise<void> {
  const run = await claim(stores, (await newTurn(stores, sessionId)).turnId);
  await stores.turns.complete(run, { ...RESULT, messages: [ANSWERED], replacesHistory: true });
}

async function expire(stores: Stores, sessionIds: string[]): Promise<void> {
  const gone: string[] = [];
  const isDone = async () => {
    gone.push(...(await stores.sessions.removeExpired(100)).map(({ id }) => id));
    return sessionIds.every((id) => gone.includes(id));
  };
  await until(isDone, { what: 'the sessions to expire' });
}

export const deliveryHistory = storeSuite('the history that a webhook shows', (fixture, it) => {
  it('is complete at the turn’s end, in batches, without later messages', async () => {
    const stores = fixture.stores();
    const state = Array.from({ length: 2_500 }, (_, index): ChatMessage => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: `é "${index}"`,
      ...(index % 7 === 0 ? { name: 'Ann' } : {}),
    }));
    const sessionId = await newSession(stores, { state });
    const { turnId } = await ended(stores, WITH_MESSAGES, sessionId);
    await ended(stores, WITH_MESSAGES, sessionId);
    expect(await messages(stores, turnId)).toEqual([...state, ASKED, ANSWERED]);
  });

  it('is that of the turn’s end although the history was replaced since', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores, WITH_MESSAGES);
    await replace(stores, sessionId);
    expect(await messages(stores, turnId)).toEqual([ASKED, ANSWERED]);
  });

  it('is that of the turn’s end although the history is replaced while it is read', async () => {
    const stores = fixture.stores();
    const state = Array.from({ length: 1_500 }, (): ChatMessage => ({ role: 'user', content: 'before' }));
    const sessionId = await newSession(stores, { state });
    const { turnId } = await ended(stores, WITH_MESSAGES, sessionId);
    const delivery = await claimed(stores, turnId);
    const body = await deliveryBody(delivery, {
      history: async (of, after) => {
        if (after > 0) await replace(stores, sessionId);
        return stores.deliveries.history(of, after);
      },
      keptHistory: (of) => stores.deliveries.keptHistory(of),
    });
    const read = JSON.parse(Buffer.concat(body).toString()) as WebhookPayload;
    expect(read.messages).toEqual([...state, ASKED, ANSWERED]);
  });

  it('is omitted if it was replaced after the delivery, with messages_omitted', async () => {
    const stores = fixture.stores();
    const { sessionId, turnId } = await ended(stores, WITH_MESSAGES);
    await stores.deliveries.record(await claimed(stores, turnId), { attempt: ATTEMPT, status: 'delivered' });
    await replace(stores, sessionId);
    const [{ delivery_id: id } = { delivery_id: '' }] = await listed(stores, sessionId);
    await stores.deliveries.redeliver({}, sessionId, { id, allowPrivateAddresses: false });
    expect((await payload(stores, turnId)).payload).toMatchObject({
      response: ANSWERED,
      messages: null,
      messages_omitted: true,
    });
  });

  it('is never that of another session with the id of an expired one', async () => {
    const module = randomUUID();
    const stores = fixture.stores({ module });
    const { sessionId, turnId } = await ended(stores, WITH_MESSAGES);
    const replaced = await ended(stores, WITH_MESSAGES);
    await fixture.dataSource.query(
      `UPDATE agent_webhook_delivery SET history_version = 7 WHERE turn_id = '${replaced.turnId}'`,
    );
    await expire(fixture.stores({ module, sessionTtl: 1 }), [sessionId, replaced.sessionId]);
    await fixture.dataSource.query(
      `UPDATE agent_webhook_delivery SET history_version = 0 WHERE turn_id = '${replaced.turnId}'`,
    );
    const secret: ChatMessage = { role: 'user', content: 'Bob’s secret' };
    for (const id of [sessionId, replaced.sessionId]) {
      await stores.sessions.create({ id, owner: 'bob', state: [secret, secret] });
    }
    expect(await messages(stores, turnId)).toEqual([ASKED, ANSWERED]);
    expect((await payload(stores, replaced.turnId)).payload).toMatchObject({
      messages: null,
      messages_omitted: true,
    });
  });

  it('is omitted if the payload would exceed 8 MiB, to the byte', async () => {
    const stores = fixture.stores();
    const size = async (length: number) => {
      // Each quotation mark takes two bytes in JSON, and each é two in UTF-8.
      const content = '"é'.repeat(500_000) + 'x'.repeat(length);
      const sessionId = await newSession(stores, { state: [{ role: 'user', content }] });
      return payload(stores, (await ended(stores, WITH_MESSAGES, sessionId)).turnId);
    };
    const some = await size(4_000_000);
    expect(some.payload.messages).toHaveLength(3);
    expect(some.payload).not.toHaveProperty('messages_omitted');
    // The number of digits of the duration varies.
    const largest = 4_000_000 + MAX_PAYLOAD_BYTES - some.bytes - 10;
    expect((await size(largest)).payload.messages).toHaveLength(3);
    const tooLarge = await size(largest + 20);
    expect(tooLarge.payload).toMatchObject({ response: ANSWERED, messages: null, messages_omitted: true });
    expect(tooLarge.bytes).toBeLessThan(1_000);
  });

  it('is not read and not mentioned without include_messages', async () => {
    const stores = fixture.stores();
    const { turnId } = await ended(stores);
    const sent = await payload(stores, turnId);
    expect(sent.payload.messages).toBeNull();
    expect(sent.payload).not.toHaveProperty('messages_omitted');
  });
});
