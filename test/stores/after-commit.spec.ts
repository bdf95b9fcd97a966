import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';

import { AfterCommit } from '../../src/transactions/after-commit.js';
import { ChangedItsMind } from '../support/host-orders.js';
import { backends, type StackDatabase } from '../support/stacks.js';
import { openDataSource } from './open-stores.js';

describe.each(backends)('an effect that waits for the commit on $name', (stack) => {
  let database: StackDatabase;
  let dataSource: DataSource;
  let afterCommit: AfterCommit;
  let happened: string[];

  beforeEach(async () => {
    database = await stack.createDatabase();
    dataSource = await openDataSource(database);
    afterCommit = new AfterCommit(dataSource);
    happened = [];
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.remove();
  });

  const putOff = (manager: EntityManager | undefined, what: string) => {
    afterCommit.run(manager, () => happened.push(what));
  };
  const rolledBack = (manager: EntityManager, what: string) =>
    manager
      .transaction((inner) => {
        putOff(inner, what);
        return Promise.reject(new ChangedItsMind());
      })
      .catch(() => undefined);

  it('happens at once without a transaction', () => {
    putOff(undefined, 'no manager');
    putOff(dataSource.manager, 'no transaction');
    expect(happened).toEqual(['no manager', 'no transaction']);
  });

  it('happens once, in order, after the outermost commit', async () => {
    await dataSource.transaction(async (manager) => {
      putOff(manager, 'first');
      await manager.transaction((inner) => {
        putOff(inner, 'second');
        return Promise.resolve();
      });
      expect(happened).toEqual([]);
    });
    expect(happened).toEqual(['first', 'second']);
    await dataSource.transaction(() => Promise.resolve());
    expect(happened).toEqual(['first', 'second']);
  });

  it('happens even if another effect throws, and the commit stands', async () => {
    const committed = dataSource.transaction((manager) => {
      putOff(manager, 'first');
      afterCommit.run(manager, () => {
        throw new Error('no');
      });
      putOff(manager, 'last');
      return Promise.resolve('committed');
    });
    expect([await committed, happened]).toEqual(['committed', ['first', 'last']]);
  });

  it('never happens after a rollback, also not in the connection’s next transaction', async () => {
    await rolledBack(dataSource.manager, 'gone');
    await dataSource.transaction((manager) => {
      putOff(manager, 'next');
      return Promise.resolve();
    });
    expect(happened).toEqual(['next']);
  });

  it('happens although an inner transaction was rolled back', async () => {
    await dataSource.transaction(async (manager) => {
      putOff(manager, 'kept');
      await rolledBack(manager, 'perhaps');
    });
    expect(happened).toContain('kept');
  });

  it('happens on a data source that was closed and opened again', async () => {
    for (const what of ['before', 'after']) {
      await dataSource.transaction((manager) => {
        putOff(manager, what);
        return Promise.resolve();
      });
      await dataSource.destroy();
      await dataSource.initialize();
    }
    expect(happened).toEqual(['before', 'after']);
  });

  it('leaves the data source unchanged when the application stops', async () => {
    const before = [...dataSource.subscribers];
    await dataSource.transaction((manager) => {
      putOff(manager, 'done');
      return Promise.resolve();
    });
    afterCommit.beforeApplicationShutdown();
    expect(dataSource.subscribers).toEqual(before);
  });
});
