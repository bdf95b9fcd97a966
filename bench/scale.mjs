// Turns, sweeps, lists and creations with many rows, beside an empty database: node bench/scale.mjs --help
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import SqliteConnection from 'better-sqlite3';

import { runAndCleanUp } from './lib/cleanup.mjs';
import { Client } from './lib/client.mjs';
import { measureTurns } from './lib/load.mjs';
import { connect, fillPostgres, fillSqlite, NOW } from './lib/rows.mjs';
import { ours, started } from './lib/servers.mjs';
import { newDatabase, startPostgres, startRedis, temporary } from './lib/services.mjs';
import { median, round, summarize } from './lib/statistics.mjs';
import { openDataSource, openStores } from './lib/stores.mjs';

const HELP = `node bench/scale.mjs [options]

  --sessions <number>         sessions, each with a turn, in PostgreSQL (1000000)
  --messages <number>         messages of each session (10)
  --deliveries <number>       pending deliveries (200000)
  --sqlite-sessions <number>  sessions in SQLite (200000)
  --expiring <number>         sessions that expire at once (100000)
  --stack <name>              sqlite or postgres (both)
  --seconds <number>          how long turns are measured in each round (5)
  --rounds <number>           rounds with few and with many rows, in turn (3)
  --quick                     a hundredth of the rows and one round of a second, to see that everything works
  --help                      this text`;

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: {
    ...{ sessions: text, messages: text, deliveries: text, 'sqlite-sessions': text, expiring: text },
    ...{ stack: text, seconds: text, rounds: text },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const scale = options.quick ? 0.01 : 1;
const number = (name, value) => Number(options[name] ?? value);
const rows = {
  sessions: number('sessions', 1_000_000 * scale),
  messages: number('messages', 10),
  deliveries: number('deliveries', 200_000 * scale),
};
const sqliteRows = { sessions: number('sqlite-sessions', 200_000 * scale), messages: rows.messages };
const expiring = number('expiring', 100_000 * scale);
const seconds = number('seconds', options.quick ? 1 : 5);
const rounds = number('rounds', options.quick ? 1 : 3);

const CLIENTS = 8;
/** Calls of each operation, unless they take too long. */
const CALLS = 300;
const MAX_MS = 5_000;
const TTL_S = 86_400;
/** From the update of the rows that are to expire until they do; the turns before it are the comparison. */
const BEFORE_EXPIRY_S = 20;

const lines = [];

if (options.help) console.log(HELP);
else await runAndCleanUp(measure);

async function measure() {
  if (options.stack !== 'sqlite') await measurePostgres();
  if (options.stack !== 'postgres') await measureSqlite();
  for (const line of lines) console.log(line);
}

async function measurePostgres() {
  const services = { postgres: await startPostgres(), redis: await startRedis() };
  const [empty, full] = [await newDatabase(services.postgres), await newDatabase(services.postgres)];
  const dataSource = await openDataSource({ type: 'postgres', url: full });
  const connection = await connect(full);
  const began = performance.now();
  await fillPostgres(connection, rows);
  console.log(`Filled in ${round((performance.now() - began) / 1000, 0)} s`);
  head(`PostgreSQL: ${counts(rows)}, ${rows.deliveries.toLocaleString('en')} pending deliveries`);
  const server = async (database, redis, args = []) =>
    started(await ours(['--database', database, '--redis', `${services.redis.url}/${redis}`, ...args]));
  await compareTurns(await server(empty, 1), await server(full, 2));
  await measureStores(dataSource);
  await measureCreations(await server(full, 2, ['--max-sessions', String(2 * rows.sessions)]));
  await measureExpiry(await server(full, 2, ['--ttl', String(TTL_S)]), {
    expire: () =>
      connection.query(
        `UPDATE agent_session SET settled_at = ${NOW} - ${(TTL_S - BEFORE_EXPIRY_S) * 1e6} WHERE id IN (
           SELECT id FROM agent_session ORDER BY created_at LIMIT ${expiring})`,
      ),
    left: async () =>
      Number(
        (
          await connection.query(
            `SELECT count(*) AS left FROM agent_session WHERE settled_at <= ${NOW} - ${TTL_S * 1e6} AND module = 'default'`,
          )
        ).rows[0].left,
      ),
  });
}

async function measureSqlite() {
  const folder = await temporary();
  const file = join(folder, 'agent-sessions.sqlite');
  const dataSource = await openDataSource({ type: 'better-sqlite3', database: file, enableWAL: true });
  const connection = new SqliteConnection(file);
  fillSqlite(connection, sqliteRows);
  connection.close();
  head(`SQLite: ${counts(sqliteRows)}`);
  await measureStores(dataSource);
  await dataSource.destroy();
  await compareTurns(started(await ours([])), started(await ours([], folder)));
}

/** Turns per second and their durations, in turn on the empty and on the full database. */
async function compareTurns(empty, full) {
  const found = { empty: [], full: [] };
  for (const { url } of [empty, full]) await measureTurns(url, { concurrency: CLIENTS, seconds: 2 });
  for (let count = 0; count < rounds; count++) {
    found.empty.push(await measureTurns(empty.url, { concurrency: CLIENTS, seconds }));
    found.full.push(await measureTurns(full.url, { concurrency: CLIENTS, seconds }));
  }
  for (const [what, value] of [
    ['turns per second', (one) => one.turns_per_second],
    ['turn, p50 ms', (one) => one.turn_ms.p50],
    ['turn, p99 ms', (one) => one.turn_ms.p99],
  ]) {
    const [before, after] = [median(found.empty.map(value)), median(found.full.map(value))];
    row(`${what}, ${CLIENTS} clients`, `${after} (empty: ${before})`, `${round(after / before)} times`);
  }
  await Promise.all([empty.stop(), full.stop()]);
}

/** What the sweeps, the lists and the creations take within this process. */
async function measureStores(dataSource) {
  const { sessions, turns, deliveries } = openStores(dataSource, { sessionTtl: 365 * 86_400_000 });
  const selection = { limit: 100, ahead: 5_000, exceptOrigins: [], exceptSessions: [], exceptLargeTo: [] };
  const page = { limit: 50 };
  const { next } = await sessions.list({}, { limit: 1_000 });
  for (const [what, call] of [
    ['sweep: lost runs', () => turns.reclaim([], 100, () => 'lost')],
    ['sweep: queued turns', () => turns.queued(100, 5_000)],
    ['sweep: due deliveries', () => deliveries.due({ ...selection, small: 65_536, maxBytes: 2 ** 26 })],
    ['sweep: expired sessions', () => sessions.removeExpired(100)],
    ['list, 50 newest', () => sessions.list({}, page)],
    ['list, 50 of a later page', () => sessions.list({}, { ...page, after: next })],
    ['list, 50 of an owner', () => sessions.list({ owner: 'owner 7' }, page)],
    ['list, 50 in error (1 of 1,000)', () => sessions.list({}, { ...page, status: 'error' })],
    ['list, 50 running (none)', () => sessions.list({}, { ...page, status: 'running' })],
    ['list, 50 last updated', () => sessions.list({}, { ...page, order: 'updated' })],
    [
      'list, 50 with a metadata entry (1 of 5,000)',
      () => sessions.list({}, { ...page, metadata: [{ key: 'customer', value: 'customer 7' }] }),
    ],
    ['list, running of an owner', () => sessions.list({ owner: 'owner 7' }, { ...page, status: 'running' })],
  ]) {
    await repeated(what, call);
  }
  const began = performance.now();
  await sessions.count();
  row('count of all sessions, for /health', `${round(performance.now() - began)} ms`);
  const limited = openStores(dataSource, { maxSessions: 100_000_000 });
  const recounting = performance.now();
  await limited.sessions.recount();
  row('start of the count of maxSessions', `${round(performance.now() - recounting)} ms`);
  const create = (stores) => () => stores.sessions.create({ id: randomUUID(), state: [] });
  await repeated('create under maxSessions', create(limited));
  const reached = openStores(dataSource, { maxSessions: 1 });
  await repeated('create, limit reached', create(reached));
}

async function repeated(what, call) {
  for (let count = 0; count < 10; count++) await call();
  const took = [];
  const end = performance.now() + MAX_MS;
  for (let count = 0; count < CALLS && performance.now() < end; count++) {
    const began = performance.now();
    await call();
    took.push(performance.now() - began);
  }
  const { p50, p99 } = summarize(took);
  row(what, `${p50} ms`, `p99 ${p99} ms`);
}

/** POST /sessions on a server with `maxSessions`. */
async function measureCreations(server) {
  const client = new Client(server.url);
  await repeated('POST /sessions under maxSessions', () => client.createSession());
  client.close();
  await server.stop();
}

/** The longest turn while many sessions expire, and before it. */
async function measureExpiry(server, { expire, left }) {
  const turns = (duration) => measureTurns(server.url, { concurrency: CLIENTS, seconds: duration });
  await turns(2);
  const updating = performance.now();
  await expire();
  const until = updating + BEFORE_EXPIRY_S * 1000;
  await delay(1_000);
  const before = await turns(Math.max(1, (until - performance.now()) / 1000 - 3));
  await delay(Math.max(0, until - performance.now()));
  const began = performance.now();
  const during = [];
  do during.push(await turns(5));
  while ((await left()) > 0);
  const longest = Math.max(...during.map(({ turn_ms }) => turn_ms.max));
  row(
    `longest turn before ${expiring.toLocaleString('en')} sessions expire`,
    `${before.turn_ms.max} ms`,
    `${before.turns_per_second}/s`,
  );
  row(
    'longest turn while they expire',
    `${longest} ms`,
    `${median(during.map((one) => one.turns_per_second))}/s`,
  );
  row('until all are removed', `${round((performance.now() - began) / 1000, 0)} s`);
  await server.stop();
}

function counts({ sessions, messages }) {
  const of = (count) => count.toLocaleString('en');
  return `${of(sessions)} sessions and turns, ${of(sessions * messages)} messages`;
}

function head(title) {
  lines.push('', title, '', '| what | measured | |', '| --- | ---: | ---: |');
}

function row(...cells) {
  const line = `| ${[...cells, '', ''].slice(0, 3).join(' | ')} |`;
  console.log(line);
  lines.push(line);
}
