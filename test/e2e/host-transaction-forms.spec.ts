import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';

import { IdempotencyKeyReusedException } from '../../src/index.js';
import { ChangedItsMind, HostOrders } from '../support/host-orders.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks, useApp } from '../support/stacks.js';

describe.each(expressStacks)('a message in a transaction of the host on $name', (stack) => {
  const agent = new ScriptedAgent();
  const app = useApp(stack, { agent });
  const orders = new HostOrders(app);
  let id: string;

  beforeEach(async () => {
    await orders.clear();
    id = await app.client.newSession();
  });

  const inputs = async (session: string) =>
    (await app.client.turns(session)).body.map(({ message }) => message.content);

  /** The work of a transaction that is rolled back. */
  async function rolledBack(work: (manager: EntityManager) => Promise<void>): Promise<void> {
    const changed = app.dataSource.transaction(async (manager) => {
      await work(manager);
      throw new ChangedItsMind();
    });
    await expect(changed).rejects.toThrow(ChangedItsMind);
  }

  it('may be the first one of a session created in the same transaction', async () => {
    const created = await app.dataSource.transaction(async (manager) => {
      await orders.place(manager);
      const session = await app.sessions.create({ metadata: { order: 1 } }, { manager });
      await app.sessions.send(session.session_id, { content: 'first' }, { manager });
      return session.session_id;
    });
    expect(await orders.items()).toEqual(['tea']);
    expect(await app.client.settled(created)).toMatchObject({
      metadata: { order: 1 },
      response: { content: 'You said: first' },
    });
  });

  it('is rolled back together with its session', async () => {
    let created = '';
    await rolledBack(async (manager) => {
      created = (await app.sessions.create({}, { manager })).session_id;
      await app.sessions.send(created, {}, { manager });
    });
    expect((await app.client.get(created)).status).toBe(404);
  });

  it('is accepted once under an idempotency key, in this and later transactions', async () => {
    const idempotencyKey = randomUUID();
    const send = (manager: EntityManager, content: string) =>
      app.sessions.send(id, { content }, { manager, idempotencyKey });
    const [first, again] = await app.dataSource.transaction(async (manager) => [
      await send(manager, 'once'),
      await send(manager, 'once'),
    ]);
    expect(again).toEqual(first);
    await app.client.settled(id);
    await app.dataSource.transaction(async (manager) => {
      expect(await send(manager, 'once')).toEqual(first);
      await expect(send(manager, 'something else')).rejects.toThrow(IdempotencyKeyReusedException);
      await orders.place(manager);
    });
    expect(await inputs(id)).toEqual(['once']);
    expect(await orders.items()).toEqual(['tea']);
  });

  it('leaves its idempotency key unused after a rollback', async () => {
    const idempotencyKey = randomUUID();
    await rolledBack(async (manager) => {
      await app.sessions.send(id, { content: 'gone' }, { manager, idempotencyKey });
    });
    await app.sessions.send(id, { content: 'another' }, { idempotencyKey });
    await app.client.settled(id);
    expect(await inputs(id)).toEqual(['another']);
  });

  it.each(['commit', 'roll back'] as const)('joins the transaction of a query runner: %s', async (end) => {
    const queryRunner = app.dataSource.createQueryRunner();
    await queryRunner.startTransaction();
    await orders.place(queryRunner.manager);
    await app.sessions.send(id, { content: 'by hand' }, { manager: queryRunner.manager });
    await (end === 'commit' ? queryRunner.commitTransaction() : queryRunner.rollbackTransaction());
    await queryRunner.release();
    await app.client.settled(id);
    expect(await orders.items()).toEqual(end === 'commit' ? ['tea'] : []);
    expect(await inputs(id)).toEqual(end === 'commit' ? ['by hand'] : []);
  });

  it('is rolled back with its savepoint while the outer transaction commits', async () => {
    const other = await app.client.newSession();
    await app.dataSource.transaction(async (manager) => {
      await orders.place(manager);
      await app.sessions.send(other, { content: 'kept' }, { manager });
      const nested = manager.transaction(async (inner) => {
        await orders.place(inner, 'cake');
        await app.sessions.send(id, { content: 'gone' }, { manager: inner });
        throw new ChangedItsMind();
      });
      await expect(nested).rejects.toThrow(ChangedItsMind);
    });
    expect(await orders.items()).toEqual(['tea']);
    expect(await app.client.settled(other)).toMatchObject({ response: { content: 'You said: kept' } });
    expect((await app.client.get(id)).body).toMatchObject({ status: 'idle', response: null });
    expect(await inputs(id)).toEqual([]);
    expect(await app.client.ask(id, 'next')).toMatchObject({ response: { content: 'You said: next' } });
  });

  it('is accepted at once if the manager has no open transaction', async () => {
    const { manager } = app.dataSource;
    const created = await app.sessions.create({}, { manager });
    await app.sessions.send(created.session_id, { content: 'alone' }, { manager });
    expect(await app.client.settled(created.session_id)).toMatchObject({
      response: { content: 'You said: alone' },
    });
    expect(await app.sessions.messages(created.session_id, { manager })).toHaveLength(2);
    await app.sessions.delete(created.session_id, { manager });
    expect((await app.client.get(created.session_id)).status).toBe(404);
  });

  it('is refused if the manager belongs to another data source', async () => {
    const database = await stack.createDatabase();
    const foreign = await new DataSource({ ...database.options, name: 'other' } as never).initialize();
    try {
      const refusal = 'the given `manager` belongs to another data source ("other")';
      const send = (manager: EntityManager) => app.sessions.send(id, {}, { manager });
      await expect(foreign.transaction(send)).rejects.toThrow(refusal);
      await expect(send(foreign.manager)).rejects.toThrow(refusal);
      await expect(foreign.transaction((manager) => app.sessions.create({}, { manager }))).rejects.toThrow(
        refusal,
      );
    } finally {
      await foreign.destroy();
      await database.remove();
    }
    expect(await inputs(id)).toEqual([]);
    expect(await app.client.ask(id, 'next')).toMatchObject({ response: { content: 'You said: next' } });
  });
});
