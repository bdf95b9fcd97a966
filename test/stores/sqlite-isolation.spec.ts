import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { Stores } from '../../src/database/stores.js';
import { ChangedItsMind } from '../support/host-orders.js';
import { Gate } from '../support/gate.js';
import { sqliteInProcess } from '../support/stacks.js';
import { times, useStores } from './open-stores.js';

const OFFSETS = Array.from({ length: 100 }, (_, offset) => offset);

async function microtasks(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++) await Promise.resolve();
}

describe('an acknowledged creation survives a transaction of the host on the same SQLite connection', () => {
  const fixture = useStores(sqliteInProcess);
  const connection = () =>
    (fixture.dataSource.driver as unknown as { databaseConnection: Database }).databaseConnection;

  let stores: Stores;

  beforeAll(() => {
    stores = fixture.stores();
  });
  afterEach(() => {
    expect(connection().inTransaction).toBe(false);
  });

  const create = async () => {
    const id = randomUUID();
    expect(await stores.sessions.create({ id, state: [] })).toMatchObject({ outcome: 'created' });
    return id;
  };

  const isThere = async (id: string) => (await stores.sessions.find({}, id)) !== undefined;

  it('that begins by BEGIN, any number of microtasks after the request', async () => {
    const lost: number[] = [];
    for (const offset of OFFSETS) {
      const gate = new Gate();
      const host = rawTransaction(offset, gate.opened);
      if (!(await survives(create(), host, gate))) lost.push(offset);
    }
    expect(lost).toEqual([]);
  });

  it('that begins by dataSource.transaction, any number of microtasks before the request', async () => {
    const lost: number[] = [];
    for (const offset of OFFSETS) {
      const gate = new Gate();
      const host = typeormTransaction(gate.opened);
      await microtasks(offset);
      if (!(await survives(create(), host, gate))) lost.push(offset);
    }
    expect(lost).toEqual([]);
  });

  it('also if the host never yields to the event loop between two of its transactions', async () => {
    const requests = { areAnswered: false };
    const host = (async () => {
      while (!requests.areAnswered) {
        const work = fixture.dataSource.transaction(async () => {
          await delay(5);
          throw new ChangedItsMind();
        });
        await expect(work).rejects.toThrow(ChangedItsMind);
      }
    })();
    try {
      const ids = await times(20, create);
      expect(await times(20, (index) => isThere(ids[index] ?? ''))).not.toContain(false);
    } finally {
      requests.areAnswered = true;
      await host;
    }
  });

  it('and waiting requests are answered in FIFO order, later ones behind them', async () => {
    connection().exec('BEGIN');
    const order: number[] = [];
    const waiting = times(300, async (index) => {
      await create();
      order.push(index);
    });
    await delay(20);
    connection().exec('COMMIT');
    const late = create().then(() => order.push(300));
    await Promise.all([waiting, late]);
    expect(order).toEqual(Array.from({ length: 301 }, (_, index) => index));
    expect(fixture.dataSource.subscribers).toHaveLength(0);
  });

  /** The creation is either committed before the host begins, or waits until the host has ended. */
  async function survives(created: Promise<string>, host: Promise<void>, end: Gate): Promise<boolean> {
    await Promise.race([created, delay(3)]);
    end.open();
    await host;
    return isThere(await created);
  }

  async function rawTransaction(offset: number, end: Promise<void>): Promise<void> {
    await new Promise<void>((begun) => {
      const begin = (left: number) => {
        queueMicrotask(() => {
          if (left > 0) {
            begin(left - 1);
            return;
          }
          connection().exec('BEGIN');
          begun();
        });
      };
      begin(offset);
    });
    await end;
    connection().exec('ROLLBACK');
  }

  async function typeormTransaction(end: Promise<void>): Promise<void> {
    const work = fixture.dataSource.transaction(async () => {
      await end;
      throw new ChangedItsMind();
    });
    await expect(work).rejects.toThrow(ChangedItsMind);
  }
});
