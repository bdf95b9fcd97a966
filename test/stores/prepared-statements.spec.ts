import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';

import { createStores, type Stores } from '../../src/database/stores.js';
import { entities, migrations } from '../../src/index.js';
import { postgresBull, type StackDatabase } from '../support/stacks.js';
import { ASKED, newRun, newSession, RESULT } from './open-stores.js';

/** PostgreSQL plans a statement for its values so many times before it compares that with one plan for all values. */
const FIRST_PLANS = 5;

/** Executions of each statement. */
const EXECUTIONS = 12;

describe('prepared statements on PostgreSQL', () => {
  let database: StackDatabase;
  let dataSource: DataSource;
  let stores: Stores;

  beforeAll(async () => {
    database = await postgresBull.createDatabase();
    const extra = { max: 1, idleTimeoutMillis: 0 };
    dataSource = await new DataSource({ ...database.options, extra, entities, migrations }).initialize();
    await dataSource.runMigrations();
    const settings = { module: 'test', lease: 60_000, maxAttempts: 3, maxHistory: 1_000_000 };
    stores = createStores(dataSource, settings);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.remove();
  });

  it('are planned once per connection if they belong to each turn, and not for each execution', async () => {
    for (let count = 0; count < EXECUTIONS; count++) {
      const sessionId = await newSession(stores);
      const turnId = randomUUID();
      await stores.turns.accept({}, sessionId, { id: turnId, message: ASKED, worker: randomUUID() });
      const run = { sessionId, turnId, attempt: 1 };
      for (const readsHistory of [true, false]) await stores.turns.begin([{ ...run, readsHistory }]);
      await stores.turns.renew([run]);
      const piece = { type: 'message.delta', data: '{}', bytes: 2 };
      await stores.events.append([{ ...run, events: [piece, piece] }]);
      await stores.turns.complete(run, RESULT);
      await stores.sessions.find({}, sessionId);
      const found = await stores.events.position({}, sessionId, turnId);
      if (!found) throw new Error('There is no log');
      await stores.events.positions([found]);
      await stores.events.read([{ ...found, after: 0 }]);
      await stores.turns.complete(await newRun(stores), RESULT);
      await stores.turns.fail(await newRun(stores), 'no', 'agent_error');
    }
    const plans = await dataSource.query<{ name: string; custom: string; generic: string }[]>(
      'SELECT name, custom_plans AS custom, generic_plans AS generic FROM pg_prepared_statements ORDER BY name',
    );
    expect(plans.length).toBeGreaterThan(10);
    expect(plans.filter(({ custom }) => Number(custom) > FIRST_PLANS)).toEqual([]);
    expect(plans.filter(({ generic }) => Number(generic) < EXECUTIONS - FIRST_PLANS)).toEqual([]);
  });
});
