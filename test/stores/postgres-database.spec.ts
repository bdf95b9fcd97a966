import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';

import { PostgresDatabase } from '../../src/database/postgres/postgres-database.js';
import { createStores, type Stores } from '../../src/database/stores.js';
import { DatabaseUnavailableException, entities, TryAgainException } from '../../src/index.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { postgresBull, type StackDatabase } from '../support/stacks.js';
import { until } from '../support/until.js';
import { claim, newRun, newSession, newTurn, openDataSource, RESULT, times } from './open-stores.js';

const POOL_SIZE = 4;

const ONE = { name: 'one', text: 'SELECT 1 AS one', values: [] };

describe('the database on PostgreSQL', () => {
  let database: StackDatabase;
  let admin: DataSource;
  const opened: DataSource[] = [];

  beforeAll(async () => {
    database = await postgresBull.createDatabase();
    admin = await openDataSource(database);
    await admin.runMigrations();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((dataSource) => dataSource.destroy()));
  });
  afterAll(async () => {
    await admin.destroy();
    await database.remove();
  });

  async function open(extra: object = {}, url?: string): Promise<DataSource> {
    const options = {
      ...database.options,
      ...(url === undefined ? {} : { url }),
      entities,
      poolSize: POOL_SIZE,
    };
    const dataSource = await new DataSource({ ...options, extra } as typeof database.options).initialize();
    opened.push(dataSource);
    return dataSource;
  }

  const storesOn = (dataSource: DataSource): Stores =>
    createStores(dataSource, { module: 'test', lease: 60_000, maxAttempts: 3, maxHistory: 1_000_000 });

  const urlOf = ({ options }: StackDatabase) => ('url' in options ? String(options.url) : '');

  describe('that is silent', () => {
    it('fails every statement by its deadline, and is used again as soon as it responds', async () => {
      const proxy = await TcpProxy.to(urlOf(database));
      try {
        const dataSource = await open({}, proxy.url);
        const silent = new PostgresDatabase(dataSource, 300);
        expect(await silent.run(ONE)).toEqual([{ one: 1 }]);
        proxy.stall();
        // More than the pool's connections: none may be lost.
        const began = performance.now();
        const outcomes = await Promise.allSettled([
          ...Array.from({ length: POOL_SIZE * 3 }, () => silent.run(ONE)),
          silent.transaction((run) => run(ONE)),
        ]);
        expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
        for (const outcome of outcomes) {
          expect('reason' in outcome && outcome.reason).toBeInstanceOf(DatabaseUnavailableException);
        }
        expect(performance.now() - began).toBeLessThan(5_000);
        proxy.heal();
        expect(await new PostgresDatabase(dataSource).run(ONE)).toEqual([{ one: 1 }]);
      } finally {
        await proxy.close();
      }
    });

    it('does not keep its connections open when the application ends', async () => {
      const proxy = await TcpProxy.to(urlOf(database));
      const dataSource = await open({}, proxy.url);
      const silent = new PostgresDatabase(dataSource, 300);
      await silent.run(ONE);
      proxy.stall();
      await silent.run(ONE).catch(() => undefined);
      await silent.release();
      await dataSource.destroy();
      opened.splice(0);
      await proxy.close();
    });
  });

  it('serves 40 concurrent clients with idempotency keys under serializable isolation', async () => {
    const stores = storesOn(await open({ options: '-c default_transaction_isolation=serializable' }));
    const answer = { session_id: 'x' };
    const outcomes = await times(40, async () => {
      const id = randomUUID();
      const created = await stores.sessions.create({
        id,
        state: [],
        request: { id: randomUUID(), bodyHash: 'b', answer },
      });
      const { turnId } = await newTurn(stores, id);
      const run = await claim(stores, turnId);
      return [created.outcome, await stores.turns.complete(run, RESULT)];
    });
    expect(outcomes).toEqual(outcomes.map(() => ['created', 'completed']));
  });

  it('continues after a host discards the prepared statements of its connections', async () => {
    const dataSource = await open();
    const stores = storesOn(dataSource);
    for (let round = 0; round < 3; round++) {
      await times(POOL_SIZE * 2, () => newSession(stores));
      await times(POOL_SIZE * 2, () => dataSource.query('DISCARD ALL'));
      const [sessionId = ''] = await times(POOL_SIZE * 2, () => newSession(stores));
      expect(await stores.sessions.find({}, sessionId)).toMatchObject({ status: 'idle' });
    }
  });

  it('continues after a column is added to a table of a prepared statement', async () => {
    const database = new PostgresDatabase(await open());
    const all = { name: 'all', text: 'SELECT * FROM agent_idempotency', values: [] };
    expect(await database.run(all)).toBeInstanceOf(Array);
    await admin.query('ALTER TABLE agent_idempotency ADD COLUMN added text');
    expect(await database.run(all)).toBeInstanceOf(Array);
    await admin.query('ALTER TABLE agent_idempotency DROP COLUMN added');
    expect(await database.transaction((run) => run(all))).toBeInstanceOf(Array);
  });

  it('continues after its connections are terminated under load', async () => {
    const dataSource = await open({ application_name: 'terminated' });
    const database = new PostgresDatabase(dataSource);
    const TERMINATE = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'terminated'`;
    let served = 0;
    for (let round = 0; round < 40; round++) {
      const [, ...outcomes] = await Promise.allSettled([
        admin.query(TERMINATE),
        ...Array.from({ length: POOL_SIZE * 2 }, () => database.run(ONE)),
      ]);
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') served++;
        else expect(outcome.reason).toBeInstanceOf(DatabaseUnavailableException);
      }
    }
    expect(served).toBeGreaterThan(0);
    // The last terminated connections are detected one by one.
    await until(
      () =>
        database.run(ONE).then(
          () => true,
          () => false,
        ),
      { what: 'an answer' },
    );
  });

  describe('while a transaction of the host holds a turn', () => {
    it('renews the other leases at once, and reports the locked one as neither renewed nor lost', async () => {
      const stores = storesOn(await open());
      const runs = await times(3, () => newRun(stores));
      const [held, ...free] = runs.map(({ turnId }) => turnId);
      const host = admin.createQueryRunner();
      await host.startTransaction();
      try {
        await stores.turns
          .cancel({}, runs[0]?.sessionId ?? '', undefined, host.manager)
          .catch(() => undefined);
        await host.query('UPDATE agent_turn SET number = number WHERE id = $1', [held]);
        const renewal = await stores.turns.renew(runs);
        expect(renewal.lost).toEqual([]);
        expect(renewal.held.sort()).toEqual(free.sort());
      } finally {
        await host.rollbackTransaction();
        await host.release();
      }
      expect((await stores.turns.renew(runs)).held).toHaveLength(3);
    });

    it('does not wait for it when claiming, and reports it as neither lost nor failed', async () => {
      const expired = createStores(await open(), {
        module: 'held',
        lease: -1_000,
        maxAttempts: 1,
        maxHistory: 1_000,
      });
      const queued = await newTurn(expired);
      const lost = await newRun(expired);
      const other = await newRun(expired);
      const host = admin.createQueryRunner();
      await host.startTransaction();
      try {
        await host.query('UPDATE agent_turn SET number = number WHERE id = ANY ($1)', [
          [queued.turnId, lost.turnId],
        ]);
        expect(await expired.turns.claim(queued.turnId, randomUUID())).toBeUndefined();
        const reclaimed = await expired.turns.reclaim([], 10, () => 'lost');
        expect(reclaimed.map(({ turnId }) => turnId)).toEqual([other.turnId]);
      } finally {
        await host.rollbackTransaction();
        await host.release();
      }
      expect(await expired.turns.reclaim([], 10, () => 'lost')).toHaveLength(1);
    });

    it('answers the end of its run with try_again, and records it afterwards', async () => {
      const stores = storesOn(await open());
      const run = await newRun(stores);
      const host = admin.createQueryRunner();
      await host.startTransaction();
      try {
        await host.query('UPDATE agent_session SET metadata = metadata WHERE id = $1', [run.sessionId]);
        await expect(stores.turns.complete(run, RESULT)).rejects.toBeInstanceOf(TryAgainException);
      } finally {
        await host.rollbackTransaction();
        await host.release();
      }
      expect(await stores.turns.complete(run, RESULT)).toBe('completed');
    });
  });
});
