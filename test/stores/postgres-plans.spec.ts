import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { DataSource } from 'typeorm';

import { postgres } from '../../src/database/postgres/postgres-dialect.js';
import { createStores, type Stores } from '../../src/database/stores.js';
import { postgresBull, type StackDatabase } from '../support/stacks.js';
import { answerTo, INTERRUPT_WEBHOOK, overdueOf, question, suspended } from './open-recordings.js';
import { ANSWERED, claim, newRun, newSession, newTurn, openDataSource, RESULT } from './open-stores.js';

const ROWS = 10_000;

/** Entries of the metadata of ten sessions, and of all. */
const CUSTOMER = { key: 'customer', value: 'c-17' };
const PLAN = { key: 'plan', value: 'gold' };

/** What a search by metadata reads at most, before it ends its page. */
const SEARCHED = 1_000;

/** Maximum number of rows that a statement may read and discard: a few, for any table size. */
const MAX_DISCARDED = 50;

/** The most that a statement of this name may read and discard. */
function mostDiscarded(name: string): number {
  return name.includes('_metadata_') ? SEARCHED : MAX_DISCARDED;
}

/** What reads more than that, and why it may. */
const ARGUED: Record<string, string> = {
  list_updated_metadata_all: 'Joins a thousand sessions, for which it reads all of as few as here.',
  count_sessions: 'Counts rows on purpose; `/health` keeps its result for a while.',
  session_count_drift: 'Counts rows on purpose, at a start and once an hour.',
};

/** What cannot be explained on its own, and why. */
const UNSEEN: Record<string, string> = {
  record_idempotent_request: 'Refers to a row that its own transaction has made.',
  update_metadata: 'Changes a row that its own transaction has locked.',
};

const PREFIX = 'agent_sessions_';

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** The sequential scans and discarded rows of a plan. */
function waste(plan: Plan, most: number): string[] {
  const { 'Node Type': type, 'Relation Name': table = '', 'Actual Loops': loops } = plan;
  const discarded = (plan['Rows Removed by Filter'] ?? 0) * loops;
  const read = plan['Actual Rows'] * loops;
  const isWaste = discarded > most || (type === 'Seq Scan' && read > most);
  const own = isWaste ? [`${type} on ${table}: ${read} rows read, ${discarded} thrown away`] : [];
  return [...own, ...(plan.Plans ?? []).flatMap((part) => waste(part, most))];
}

describe('no statement of the stores on PostgreSQL reads a whole table', () => {
  let database: StackDatabase;
  let dataSource: DataSource;
  let observer: DataSource;
  /** The wasted reads of each statement; undefined if they cannot be determined. */
  const wasted = new Map<string, string[] | undefined>();

  beforeAll(async () => {
    database = await postgresBull.createDatabase();
    [dataSource, observer] = [await openDataSource(database), await openDataSource(database)];
    await dataSource.runMigrations();
    await fill(dataSource);
    explainFirst(dataSource, observer, wasted);
    const settings = {
      module: 'full',
      lease: -1_000,
      maxAttempts: 2,
      maxHistory: 1_000_000,
      sessionTtl: 3_600_000,
    };
    const full = createStores(dataSource, { ...settings, maxSessions: ROWS + 1 });
    await full.sessions.recount();
    for (let count = 0; count < 2; count++) await full.sessions.create({ id: randomUUID(), state: [] });
    await exercise(createStores(dataSource, settings));
    await exerciseRecordings(createStores(dataSource, settings));
    await refuseRemoval(dataSource);
    await createStores(dataSource, settings).sessions.removeExpired(10, [], () => undefined);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await observer.destroy();
    await database.remove();
  });

  it('for every statement, all of which this test executes', () => {
    const seen = [...wasted.keys()].map((name) => name.replace(PREFIX, ''));
    expect(seen.sort()).toEqual([...postgres.statements.keys()].sort());
    const unseen = [...wasted].filter(([, found]) => found === undefined);
    expect(unseen.map(([name]) => name.replace(PREFIX, ''))).toEqual(Object.keys(UNSEEN));
  });

  it('with 10,000 sessions, turns and pending deliveries', () => {
    const wasteful = [...wasted].filter(
      ([name, found]) => found?.length && !ARGUED[name.replace(PREFIX, '')],
    );
    expect(Object.fromEntries(wasteful)).toEqual({});
  });
});

/** Rows that are not due, lost, queued or expired. */
async function fill(dataSource: DataSource): Promise<void> {
  const now = `(extract(epoch FROM now()) * 1000000)::bigint`;
  await dataSource.query(`
    INSERT INTO agent_session
      (id, module, owner, status, message_count, turn_count, created_at, settled_at, updated_at)
    SELECT gen_random_uuid(), 'full', CASE WHEN n % 2 = 0 THEN 'many' ELSE 'owner ' || n % 1000 END, CASE WHEN n <= 8000 THEN 'idle' ELSE 'error' END, 0, 1,
      ${now} - n, ${now} - n, ${now} - n
    FROM generate_series(1, ${ROWS}) n`);
  await dataSource.query(`
    INSERT INTO agent_session_metadata (session_id, key, value, module, owner, created_at)
    SELECT id, entry.key, entry.value, module, owner, created_at
    FROM agent_session, LATERAL (VALUES ('customer', 'c-' || substr(owner, 7)), ('plan', 'gold')) entry (key, value)`);
  await dataSource.query(`
    INSERT INTO agent_turn (id, session_id, module, number, status, input, attempt, lost_runs, created_at, queued_at)
    SELECT gen_random_uuid(), id, 'full', 1, 'completed', '{}', 1, 0, created_at, created_at FROM agent_session`);
  await dataSource.query(`
    INSERT INTO agent_step (turn_id, name, occurrence, state, attempt, created_at)
    SELECT id, 'charge', 1, 'completed', 1, created_at FROM agent_turn`);
  await dataSource.query(`
    INSERT INTO agent_interrupt (id, module, turn_id, key, attempt, place, status, payload, expires_at, created_at)
    SELECT gen_random_uuid(), 'full', id, 'ask#1', 1, 1,
      CASE WHEN row_number() OVER () % 2 = 0 THEN 'pending' ELSE 'answered' END, '{}',
      created_at + 3600000000, created_at FROM agent_turn`);
  await dataSource.query(`
    INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, allow_private_addresses, status,
      next_attempt_at, claim, tries, attempts, session_status, total_duration, created_at)
    SELECT gen_random_uuid(), 'full', session_id, id, 'https://example.com/' || id,
      CASE WHEN created_at % 1000 = 0 THEN 'https://rare.example.com' ELSE 'https://example.com' END, false,
      'pending', ${now} + 3600000000, 0, 0, '[]', 'idle', 1, created_at FROM agent_turn`);
  await dataSource.query(`
    INSERT INTO agent_message (session_id, position, role, content)
    SELECT id, n, 'user', 'hello' FROM (SELECT id FROM agent_session LIMIT 100) s, generate_series(0, 99) n`);
  await dataSource.query(`
    INSERT INTO agent_event (session_id, id, type, turn_id, attempt, at)
    SELECT t.session_id, n, 'turn.started', t.id, 1, t.created_at FROM agent_turn t, generate_series(1, 3) n`);
  await dataSource.query('ANALYZE');
}

/** An expired session that a row of the host refers to. */
async function refuseRemoval(dataSource: DataSource): Promise<void> {
  await dataSource.query(`
    INSERT INTO agent_session (id, module, status, message_count, turn_count, created_at, settled_at)
    VALUES (gen_random_uuid(), 'full', 'idle', 0, 0, 0, 0)`);
  await dataSource.query(`
    CREATE TABLE host_row AS SELECT id AS session FROM agent_session WHERE settled_at = 0;
    ALTER TABLE host_row ADD FOREIGN KEY (session) REFERENCES agent_session (id)`);
}

/** Explains each statement on a separate connection before its first execution. */
function explainFirst(
  dataSource: DataSource,
  observer: DataSource,
  wasted: Map<string, string[] | undefined>,
): void {
  const { master: pool } = dataSource.driver as unknown as { master: Pool };
  const wrapped = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (wrapped.has(client)) return;
    wrapped.add(client);
    const query = client.query.bind(client) as (config: unknown) => Promise<unknown>;
    Object.assign(client, {
      query: async (config: { name?: string; text: string; values?: unknown[] }) => {
        const { name, text, values = [] } = config;
        if (name !== undefined && !wasted.has(name))
          wasted.set(name, await explain(observer, text, values, mostDiscarded(name)));
        return query(config);
      },
    });
  });
}

async function explain(
  observer: DataSource,
  text: string,
  values: unknown[],
  most: number,
): Promise<string[] | undefined> {
  const runner = observer.createQueryRunner();
  await runner.startTransaction();
  await runner.query(`SET LOCAL lock_timeout = '1s'`);
  try {
    const rows = (await runner.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)) as {
      'QUERY PLAN': { Plan: Plan }[];
    }[];
    return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => waste(Plan, most)));
  } catch {
    return undefined;
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
}

/** Calls every method of the stores. */
async function exercise(stores: Stores): Promise<void> {
  const { sessions, turns, deliveries, events } = stores;
  const webhook = {
    url: 'https://example.com/x',
    origin: 'https://example.com',
    allow_private_addresses: false,
    include_messages: true,
    include_interrupts: false,
  };
  const request = () => ({ id: randomUUID(), bodyHash: 'hash', answer: {} });
  const id = await newSession(stores, { owner: 'ada', state: [ANSWERED], request: request() });
  await sessions.create({ id, state: [] });
  const after = { at: Date.now() * 1_000 - ROWS / 2, id };
  for (const owner of [undefined, 'owner 17', 'many']) {
    for (const order of ['created', 'updated'] as const) {
      for (const metadata of [undefined, [CUSTOMER, PLAN], [PLAN]]) {
        for (const status of [undefined, 'error'] as const) {
          const query = { limit: 2, order, status, metadata };
          const { sessions: found } = await sessions.list({ owner }, query);
          const mayBeLater = metadata && (owner === 'many' || (metadata[0] === PLAN && status));
          if (!mayBeLater) expect([owner, query, found.length]).toEqual([owner, query, 2]);
          await sessions.list({ owner }, { ...query, after });
        }
      }
    }
  }
  await sessions.update({}, id, () => ({ customer: 'c-17' }));
  await sessions.find({}, id);
  for (const ids of [false, true]) await sessions.history({}, id, { after: 0, limit: 10, ids });
  await sessions.stillRunning([id]);
  await sessions.count();
  const turnId = randomUUID();
  const message = { role: 'user' as const, content: 'hello' };
  await turns.accept({}, id, { id: turnId, message, webhook, request: request() });
  await turns.accept({}, id, { id: randomUUID(), message });
  await turns.accept({}, await newSession(stores), { id: randomUUID(), message, worker: randomUUID() });
  await turns.queued(10, 0);
  const run = await claim(stores, turnId);
  await turns.renew([run]);
  for (const readsHistory of [false, true]) await turns.begin([{ ...run, readsHistory }]);
  await events.append([{ ...run, events: [{ type: 'message.delta', data: '{}', bytes: 2 }] }]);
  await turns.requeue(run);
  await turns.complete(await newRun(stores), RESULT);
  const again = await claim(stores, turnId);
  await turns.complete(again, { ...RESULT, replacesHistory: true });
  const found = await events.position({}, id, turnId);
  if (!found) throw new Error('There is no log');
  await events.positions([found]);
  await events.read([{ ...found, after: 0 }]);
  await events.compact(0, 10);
  await turns.list({}, id, { limit: 10 });
  await turns.find({}, id, turnId);
  await turns.clientTurns({}, id, { turnIds: [turnId] });
  await turns.clientTurns({}, id, { messageId: 'm1' });
  await turns.fail(await newRun(stores), 'no', 'agent_error');
  await turns.cancel({}, (await newTurn(stores)).sessionId);
  const lost = await newTurn(stores);
  for (let lostRuns = 1; lostRuns <= 2; lostRuns++) {
    await turns.charge(await claim(stores, lost.turnId));
    await turns.reclaim([], 10, () => 'lost');
  }
  const refused = await newTurn(stores);
  for (let lostRuns = 1; lostRuns <= 2; lostRuns++)
    await turns.countRefusedClaim(refused.turnId, () => 'lost');
  const [due] = await deliveries.dueOf(turnId);
  const selection = {
    limit: 10,
    ahead: 0,
    exceptOrigins: ['https://other.example.com'],
    exceptSessions: [],
    exceptLargeTo: [],
    small: 1_000,
    maxBytes: 1_000_000,
  };
  await deliveries.due(selection);
  // More than one search looks at, almost all of one receiver.
  await deliveries.due({ ...selection, ahead: 7_200_000, exceptOrigins: ['https://example.com'] });
  const limits = { time: 1_000, retryDelays: [1_000] };
  const delivery = await deliveries.claim(due?.id ?? '', limits);
  if (!delivery) throw new Error('There is no delivery');
  await deliveries.history(delivery, 0);
  await deliveries.keptHistory(delivery);
  await deliveries.list({}, id, { limit: 10 });
  await deliveries.release(delivery);
  const attempt = { at: new Date().toISOString(), status_code: 200, error: null, duration_ms: 1 };
  const retried = await deliveries.claim(delivery.id, limits);
  if (retried) await deliveries.record(retried, { attempt, status: 'delivered' });
  await deliveries.record(delivery, { attempt, status: 'delivered' });
  for (const asked of [delivery.id, randomUUID()]) {
    await deliveries.redeliver({}, id, { id: asked, allowPrivateAddresses: false });
  }
  await sessions.removeExpired(10);
  await sessions.remove({}, id);
}

/** Calls every method of the store of recordings. */
async function exerciseRecordings(stores: Stores): Promise<void> {
  const { recordings } = stores;
  const run = await newRun(stores);
  await recordings.recordStep(run, { name: 'charge', occurrence: 1, state: 'completed', result: '17' });
  await recordings.read(run.turnId);
  const over = { expiresIn: 0.001 };
  const asked = [question('a'), question('b', { ...over, expiryValue: '1' }), question('c', over)];
  const { sessionId, turnId, ids } = await suspended(stores, asked, { webhook: INTERRUPT_WEBHOOK });
  await answerTo(stores, sessionId, ids[0]);
  await recordings.overdue(10);
  for (const overdue of await overdueOf(stores, turnId, 2)) await recordings.expire(overdue, 'expired');
}
