import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import type { Stores } from '../../../src/database/stores.js';
import { DatabaseRejectedException } from '../../../src/exceptions/index.js';
import type { IdempotentRequest } from '../../../src/idempotency/idempotency-key.js';
import type { ChatMessage } from '../../../src/index.js';
import { deliveryBody } from '../../../src/webhooks/delivery-body.js';
import { until } from '../../support/until.js';
import { ALL, claimed, ended, LIMITS, listed, URL } from '../open-deliveries.js';
import { ANSWERED, ASKED, historyOf, newRun, RESULT, turnsOf } from '../open-stores.js';
import { storeSuite } from '../store-suite.js';
import { logOf } from './event-log.js';

const STATE = Array.from({ length: 12_000 }, (_, index): ChatMessage => ({
  role: 'user',
  content: String(index),
}));

const request = (answer: object): IdempotentRequest => ({ id: randomUUID(), bodyHash: 'a', answer });

/** A session whose removal takes several batches, with a turn that has a delivery, and everything else there is. */
async function longSession(stores: Stores) {
  const id = randomUUID();
  const creation = request({ created: id });
  const metadata = { topic: randomUUID() };
  await stores.sessions.create({ id, owner: 'ada', state: STATE, metadata, request: creation });
  const { turnId } = await ended(stores, { url: URL, include_messages: true }, id);
  return { id, creation, metadata, turnId };
}

async function removeAll({ sessions }: Stores): Promise<number> {
  let rounds = 0;
  while (await sessions.removeRemains()) rounds++;
  return rounds;
}

export const longSessions = storeSuite('a session with many rows', (fixture, it) => {
  let modules = 0;
  const ownModule = () => `long-${++modules}`;

  it('is not found after its removal, also if a turn was running and while some of its rows remain', async () => {
    const stores = fixture.stores({ module: ownModule(), maxSessions: 5 });
    await stores.sessions.recount();
    const { id, metadata, turnId } = await longSession(stores);
    const delivery = (await stores.deliveries.dueOf(turnId))[0]?.id ?? '';
    const run = await newRun(stores, id);
    const place = await stores.events.position({}, id);
    expect(await stores.sessions.remove({}, id)).toEqual({ id, owner: 'ada' });
    expect(await stores.sessions.remove({}, id)).toBeUndefined();

    expect(await stores.sessions.find({}, id)).toBeUndefined();
    expect(await stores.sessions.history({}, id, { after: 0, limit: 1 })).toBeUndefined();
    expect(await stores.sessions.count()).toBe(0);
    const filter = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    for (const query of [
      {},
      { order: 'updated' as const },
      { metadata: filter },
      { status: 'running' as const },
    ]) {
      expect((await stores.sessions.list({}, { limit: 10, ...query })).sessions).toEqual([]);
      expect((await stores.sessions.list({ owner: 'ada' }, { limit: 10, ...query })).sessions).toEqual([]);
    }
    expect(await stores.sessions.stillRunning([id])).toEqual([]);
    expect(await stores.sessions.update({}, id, () => ({}))).toBeUndefined();
    expect(await stores.turns.list({}, id, { limit: 1 })).toBeUndefined();
    expect(await stores.deliveries.list({}, id, { limit: 1 })).toBeUndefined();
    expect(await stores.events.position({}, id)).toBeUndefined();
    expect(await stores.events.read([{ sessionId: id, created: place?.created ?? '', after: 0 }])).toEqual([
      undefined,
    ]);
    expect(await stores.turns.cancel({}, id)).toEqual({ outcome: 'session_not_found' });
    expect(await stores.turns.accept({}, id, { id: randomUUID(), message: ASKED })).toEqual({
      outcome: 'session_not_found',
    });

    expect(await stores.turns.complete(run, RESULT)).toBe('lost');
    expect(await stores.turns.renew([run])).toMatchObject({ lost: [run.turnId] });
    expect(await stores.turns.claim(run.turnId, randomUUID())).toBeUndefined();
    expect(await stores.deliveries.claim(delivery, LIMITS)).toBeUndefined();
  });

  it('leaves nothing to another session of the same id, which may be created at once', async () => {
    const stores = fixture.stores({ module: ownModule() });
    const { id, creation } = await longSession(stores);
    await newRun(stores, id);
    await stores.sessions.remove({}, id);
    const state = [ANSWERED];
    expect(await stores.sessions.create({ id, owner: 'bob', state })).toMatchObject({ outcome: 'created' });
    await removeAll(stores);
    expect(await stores.sessions.find({}, id)).toMatchObject({
      status: 'idle',
      owner: 'bob',
      last_event_id: 0,
    });
    expect(await turnsOf(stores, id)).toEqual([]);
    expect(await listed(stores, id)).toEqual([]);
    expect(await logOf(stores, id)).toEqual([]);
    expect(await historyOf(stores, id)).toEqual(state);
    const again = await stores.sessions.create({ id: randomUUID(), state: [], request: creation });
    expect(again).toMatchObject({ outcome: 'created' });
  });

  it('that is removed does not answer a repeated creation, nor do its rows stay', async () => {
    const stores = fixture.stores({ module: ownModule() });
    const { id, creation, turnId } = await longSession(stores);
    await stores.sessions.remove({}, id);
    const again = await stores.sessions.create({ id: randomUUID(), state: [], request: creation });
    expect(again).toMatchObject({ outcome: 'created' });
    await removeAll(stores);
    for (const table of ['agent_message', 'agent_turn', 'agent_event', 'agent_idempotency']) {
      const rows: unknown = await fixture.dataSource.query(
        `SELECT * FROM ${table} WHERE session_id = '${id}'`,
      );
      expect([table, rows]).toEqual([table, []]);
    }
    const left: unknown = await fixture.dataSource.query(
      `SELECT id FROM agent_webhook_delivery WHERE turn_id = '${turnId}'
       UNION ALL SELECT id FROM agent_session WHERE id = '${id}'`,
    );
    expect(left).toEqual([]);
  });

  it('that expires is gone at once, and its pending deliveries are made with their history', async () => {
    const module = ownModule();
    const stores = fixture.stores({ module, sessionTtl: 1 });
    const { id, turnId } = await longSession(fixture.stores({ module }));
    const gone: string[] = [];
    await until(
      async () => {
        gone.push(...(await stores.sessions.removeExpired(100)).map((removed) => removed.id));
        return gone.length > 0;
      },
      { what: 'the session to expire' },
    );
    expect(gone).toEqual([id]);
    expect(await stores.sessions.removeExpired(100)).toEqual([]);
    await removeAll(stores);
    const { due } = await stores.deliveries.due(ALL);
    expect(due).toMatchObject([{ sessionId: id }]);
    const body = Buffer.concat(await deliveryBody(await claimed(stores, turnId), stores.deliveries));
    const { messages } = JSON.parse(body.toString()) as { messages: ChatMessage[] };
    expect(messages).toEqual([...STATE, ASKED, ANSWERED]);
  });

  it('that expires with others goes in batches as well, not at once with those before it', async () => {
    const module = ownModule();
    const stores = fixture.stores({ module, sessionTtl: 1 });
    const all = [
      await longSession(fixture.stores({ module })),
      await longSession(fixture.stores({ module })),
    ];
    const gone: string[] = [];
    await until(
      async () => {
        const removed = await stores.sessions.removeExpired(1);
        expect(removed.length).toBeLessThanOrEqual(1);
        gone.push(...removed.map(({ id }) => id));
        return gone.length === all.length;
      },
      { what: 'the sessions to expire' },
    );
    expect(gone).toEqual(all.map(({ id }) => id));
    await removeAll(stores);
    for (const { turnId } of all) {
      const body = Buffer.concat(await deliveryBody(await claimed(stores, turnId), stores.deliveries));
      const { messages } = JSON.parse(body.toString()) as { messages: ChatMessage[] };
      expect(messages).toHaveLength(STATE.length + 2);
    }
  });

  it('stays as it was if a table of the host refers to it and does not let it go, as any other', async () => {
    const stores = fixture.stores({ module: ownModule() });
    const { id } = await longSession(stores);
    const type = fixture.dataSource.options.type === 'postgres' ? 'uuid' : 'text';
    await fixture.dataSource.query(`CREATE TABLE note (session ${type} REFERENCES agent_session (id))`);
    try {
      await fixture.dataSource.query(`INSERT INTO note (session) VALUES ('${id}')`);
      await expect(stores.sessions.remove({}, id)).rejects.toThrow(DatabaseRejectedException);
      await removeAll(stores);
      const rest = await stores.sessions.history({}, id, { after: 11_999, limit: 10 });
      expect(rest?.messages).toEqual([STATE[11_999], ASKED, ANSWERED]);
    } finally {
      await fixture.dataSource.query(`DROP TABLE note`);
    }
    expect(await stores.sessions.remove({}, id)).toMatchObject({ id });
  });

  it('is removed in the caller’s transaction or stays as it was', async () => {
    const stores = fixture.stores({ module: ownModule() });
    const { id } = await longSession(stores);
    const rolledBack = fixture.dataSource.transaction(async (manager) => {
      expect(await stores.sessions.remove({}, id, manager)).toMatchObject({ id });
      expect(await stores.sessions.create({ id, state: [ANSWERED] }, manager)).toMatchObject({
        outcome: 'created',
      });
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect((await stores.sessions.history({}, id, { after: 11_999, limit: 10 }))?.messages).toEqual([
      STATE[11_999],
      ASKED,
      ANSWERED,
    ]);
  });
});
