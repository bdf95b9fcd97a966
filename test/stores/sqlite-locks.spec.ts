import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { SqliteDatabase } from '../../src/database/sqlite/sqlite-database.js';
import type { Stores } from '../../src/database/stores.js';
import { TryAgainException } from '../../src/exceptions/index.js';
import { type Backend, sqliteInProcess } from '../support/stacks.js';
import { StoreFixture } from './open-stores.js';

/** TypeORM's default, which would block the process for as long. */
const HOSTS_BUSY_TIMEOUT_MS = 5_000;

/** A wait inside SQLite would block for 2 s and more; a machine that runs other tests may stop a process for 0.2 s. */
const LONGEST_BLOCK_MS = 500;

describe.each([true, false])(
  'while another process holds a lock on the SQLite file, WAL: %s',
  (enableWAL) => {
    const backend: Backend = {
      ...sqliteInProcess,
      async createMigratedDatabase() {
        const { options, remove } = await sqliteInProcess.createMigratedDatabase();
        return { options: { ...options, enableWAL } as typeof options, remove };
      },
    };
    const fixture = new StoreFixture();
    let stores: Stores;
    let database: SqliteDatabase;
    let other: Database.Database;

    beforeAll(async () => {
      await fixture.open(backend);
      stores = fixture.stores();
      database = new SqliteDatabase(fixture.dataSource);
      other = new Database(fixture.dataSource.options.database as string, { timeout: 0 });
    });
    afterEach(() => {
      if (other.inTransaction) other.exec('ROLLBACK');
      const { databaseConnection } = fixture.dataSource.driver as unknown as {
        databaseConnection: Database.Database;
      };
      expect(databaseConnection.pragma('busy_timeout', { simple: true })).toBe(HOSTS_BUSY_TIMEOUT_MS);
      expect(databaseConnection.inTransaction).toBe(false);
    });
    afterAll(async () => {
      other.close();
      await fixture.close();
    });

    const create = async (id = randomUUID()) => {
      await stores.sessions.create({ id, state: [] });
      return id;
    };
    const count = () =>
      database.read((sql) =>
        sql.get<{ sessions: number }>({ text: 'SELECT count(*) AS sessions FROM agent_session', values: {} }),
      );

    it('a write gives up after 2 s, changes nothing, and never blocks the event loop', async () => {
      const id = randomUUID();
      other.exec('BEGIN IMMEDIATE');
      const loop = monitorEventLoopDelay({ resolution: 5 });
      loop.enable();
      const begun = performance.now();
      await expect(create(id)).rejects.toThrow(TryAgainException);
      const waited = performance.now() - begun;
      loop.disable();
      expect(waited).toBeGreaterThan(1_900);
      expect(waited).toBeLessThan(3_000);
      expect(loop.max / 1e6).toBeLessThan(LONGEST_BLOCK_MS);
      other.exec('ROLLBACK');
      expect(await stores.sessions.find({}, id)).toBeUndefined();
    });

    it('writes are executed as soon as the lock is released', async () => {
      other.exec('BEGIN EXCLUSIVE');
      const created = Promise.all(Array.from({ length: 50 }, () => create()));
      await delay(300);
      other.exec('COMMIT');
      for (const id of await created)
        expect(await stores.sessions.find({}, id)).toMatchObject({ status: 'idle' });
    });

    it('reads are answered at once while the other process prepares its write', async () => {
      await create();
      other.exec('BEGIN IMMEDIATE; DELETE FROM agent_session');
      const begun = performance.now();
      expect((await count())?.sessions).toBeGreaterThan(0);
      expect(performance.now() - begun).toBeLessThan(100);
    });

    it(`reads ${enableWAL ? 'are answered at once' : 'wait'} while the other process holds an exclusive lock`, async () => {
      await create();
      other.exec('BEGIN EXCLUSIVE');
      const reading = count();
      const first = await Promise.race([reading, delay(100, 'waits' as const)]);
      if (enableWAL) expect(first).toEqual({ sessions: expect.any(Number) });
      else expect(first).toBe('waits');
      other.exec('ROLLBACK');
      expect((await reading)?.sessions).toBeGreaterThan(0);
    });

    it('a write in the caller’s transaction waits, too, and joins it once the lock is released', async () => {
      const id = randomUUID();
      other.exec('BEGIN IMMEDIATE');
      setTimeout(() => other.exec('COMMIT'), 300);
      const loop = monitorEventLoopDelay({ resolution: 5 });
      loop.enable();
      await fixture.dataSource.transaction((manager) => stores.sessions.create({ id, state: [] }, manager));
      loop.disable();
      expect(loop.max / 1e6).toBeLessThan(LONGEST_BLOCK_MS);
      expect(await stores.sessions.find({}, id)).toMatchObject({ status: 'idle' });
    });

    it('a caller whose snapshot is older than another process’s write is refused at once', async () => {
      const work = fixture.dataSource.transaction(async (manager) => {
        await manager.query('SELECT count(*) FROM agent_session');
        if (!enableWAL) {
          // Without WAL the other process cannot write at that time.
          expect(() => other.exec('DELETE FROM agent_session')).toThrow('locked');
          return;
        }
        other.exec('DELETE FROM agent_session');
        const begun = performance.now();
        const creating = stores.sessions.create({ id: randomUUID(), state: [] }, manager);
        await expect(creating).rejects.toThrow(TryAgainException);
        expect(performance.now() - begun).toBeLessThan(500);
      });
      await work;
    });

    it('a commit waits for another process that reads, if necessary', async () => {
      other.exec('BEGIN');
      other.prepare('SELECT * FROM agent_session').all();
      const creating = create();
      await delay(200);
      other.exec('COMMIT');
      expect(await stores.sessions.find({}, await creating)).toMatchObject({ status: 'idle' });
    });
  },
);
