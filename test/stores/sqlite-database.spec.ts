import { describe, expect, it } from '@jest/globals';

import { DataSource } from 'typeorm';

import { SqliteDatabase } from '../../src/database/sqlite/sqlite-database.js';
import { DatabaseRejectedException, DatabaseUnavailableException } from '../../src/exceptions/index.js';
import { leastBlocking } from '../support/blocking.js';
import { sqliteInProcess } from '../support/stacks.js';
import { ALL, ended } from './open-deliveries.js';
import { claim, newRun, newSession, newTurn, RESULT, useStores } from './open-stores.js';

const HOUR = 3_600_000_000;

describe('SQLite', () => {
  const fixture = useStores(sqliteInProcess);
  const execute = (text: string) => fixture.dataSource.query(text);

  it('reports a permanent refusal by a trigger of the host, and changes nothing', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    await execute(
      `CREATE TRIGGER refuse BEFORE INSERT ON agent_message BEGIN SELECT RAISE(ABORT, 'not here'); END`,
    );
    try {
      await expect(stores.turns.complete(run, RESULT)).rejects.toThrow(DatabaseRejectedException);
    } finally {
      await execute('DROP TRIGGER refuse');
    }
    expect(await stores.turns.complete(run, RESULT)).toBe('completed');
  });

  it('writes a large response twice, in its turn and in the history, because the event loop waits for it', async () => {
    const stores = fixture.stores();
    const run = await newRun(stores);
    const response = { role: 'assistant' as const, content: 'x'.repeat(300_000) };
    const messages = [...RESULT.messages.slice(0, 1), response];
    expect(await stores.turns.complete(run, { response, messages, replacesHistory: false })).toBe(
      'completed',
    );
    expect(await stores.sessions.find({}, run.sessionId)).toMatchObject({ status: 'idle', response });
    const rows: unknown = await execute(
      `SELECT coalesce(length(s.response), 0) + length(t.response) AS size
       FROM agent_session s JOIN agent_turn t ON t.session_id = s.id WHERE s.id = '${run.sessionId}'`,
    );
    expect(rows).toMatchObject([{ size: JSON.stringify(response).length }]);
  });

  it('finds due deliveries in a few milliseconds behind 100,000 of a receiver at its limit', async () => {
    const stores = fixture.stores({ module: 'many' });
    const { turnId } = await ended(stores, { url: 'http://full.example/' });
    await execute(`
      INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, allow_private_addresses, status,
        next_attempt_at, claim, tries, attempts, session_status, total_duration, created_at)
      SELECT lower(hex(randomblob(16))), module, session_id, turn_id, url, origin, allow_private_addresses, status,
        next_attempt_at + n.i, claim, tries, attempts, session_status, total_duration, created_at
      FROM agent_webhook_delivery, (
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n
      ) n WHERE turn_id = '${turnId}'`);
    const { sessionId } = await ended(stores, { url: 'http://honest.example/' });
    const search = async () => {
      const { due } = await stores.deliveries.due({ ...ALL, exceptOrigins: ['http://full.example'] });
      expect(due).toMatchObject([{ sessionId }]);
    };
    expect(await leastBlocking(search, 20, 10)).toBeLessThan(20);
  });

  it('does not report an error in the code between two statements as a database error', async () => {
    const database = new SqliteDatabase(fixture.dataSource);
    const id = await newSession(fixture.stores());
    const mistake = new TypeError('x is not a function');
    const work = database.transaction((sql) => {
      sql.run({ text: 'DELETE FROM agent_session WHERE id = @id', values: { id } });
      throw mistake;
    });
    await expect(work).rejects.toBe(mistake);
    expect(await fixture.stores().sessions.find({}, id)).toMatchObject({ status: 'idle' });
  });

  it('is unavailable before the data source is connected', async () => {
    const database = new SqliteDatabase(new DataSource({ type: 'better-sqlite3', database: ':memory:' }));
    await expect(database.read(() => 1)).rejects.toThrow(DatabaseUnavailableException);
  });

  it('commits nothing for a caller whose transaction SQLite has already ended', async () => {
    const stores = fixture.stores();
    const id = '6f1b3b0e-7d4f-4a0e-9f0a-0c8f8f3c2d11';
    const work = fixture.dataSource.transaction(async (manager) => {
      await manager.query('ROLLBACK');
      await stores.sessions.create({ id, state: [] }, manager);
    });
    await expect(work).rejects.toThrow();
    expect(await stores.sessions.find({}, id)).toBeUndefined();
  });

  it('after a restart with a clock that was set back by an hour, does not wait an hour for turns and leases', async () => {
    const before = fixture.stores({ module: 'clock' });
    const running = await newRun(before);
    const queued = await newTurn(before);
    await execute(
      `UPDATE agent_turn SET queued_at = queued_at + ${HOUR}, lease_until = lease_until + ${HOUR}`,
    );
    await execute(`UPDATE agent_session SET settled_at = settled_at + ${HOUR}`);

    const after = fixture.stores({ module: 'clock', lease: 50, sessionTtl: 60_000 });
    expect(await after.turns.queued(10, 0)).toEqual([]);
    const none = await after.turns.reclaim([], 10, () => 'lost');
    expect(none).toEqual([]);
    expect(await after.turns.queued(10, 0)).toEqual([queued.turnId]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await after.turns.reclaim([], 10, () => 'lost')).toMatchObject([{ turnId: running.turnId }]);
    const run = await claim(after, queued.turnId);
    expect(await after.turns.complete(run, RESULT)).toBe('completed');
    const ahead = await fixture.dataSource.query<unknown[]>(
      `SELECT id FROM agent_session WHERE module = 'clock' AND settled_at > ${Date.now() * 1000 + HOUR / 2}`,
    );
    expect(ahead).toEqual([]);
  });
});
