// Rows per second that one process can append to one table under the rules of a log: node bench/append.mjs --help
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import SqliteConnection from 'better-sqlite3';

import { runAndCleanUp } from './lib/cleanup.mjs';
import { connect } from './lib/rows.mjs';
import { newDatabase, startPostgres, temporary } from './lib/services.mjs';
import { round, summarize } from './lib/statistics.mjs';
import { openDataSource } from './lib/stores.mjs';

const HELP = `node bench/append.mjs [options]

  --seconds <number>  how long each batch size is measured (3)
  --bytes <number>    size of the text of a row (60)
  --no-foreign-key    a table whose rows do not refer to sessions
  --quick             a third of a second each, to see that everything works
  --help              this text`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    bytes: { type: 'string', default: '60' },
    'no-foreign-key': { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const seconds = Number(options.seconds ?? (options.quick ? 0.3 : 3));
const data = JSON.stringify({ delta: 'x'.repeat(Number(options.bytes)) });

const BATCHES = [1, 10, 100, 1_000];

/** Statements that wait for their commit at the same time, each for another run. */
const CONCURRENCY = [1, 8];

const reference = options['no-foreign-key'] ? '' : 'REFERENCES agent_session (id) ON DELETE CASCADE';

const TABLE = (uuid) => `CREATE TABLE bench_event (
  session_id ${uuid} NOT NULL ${reference}, id bigint NOT NULL, turn_id ${uuid} NOT NULL,
  attempt integer NOT NULL, type varchar(64) NOT NULL, at bigint NOT NULL, data text NOT NULL, PRIMARY KEY (session_id, id))`;

/** One statement: fence, numbers that continue the session's, rows. The lock of the turn's row excludes its end. */
const APPEND = `
  WITH run AS (
    SELECT id, session_id, attempt FROM agent_turn WHERE id = $1 AND attempt = $2 AND status = 'running' FOR NO KEY UPDATE
  ), last AS (
    SELECT coalesce(max(e.id), 0) AS id FROM run LEFT JOIN bench_event e ON e.session_id = run.session_id
  )
  INSERT INTO bench_event (session_id, id, turn_id, attempt, type, at, data)
  SELECT run.session_id, last.id + piece.number, run.id, run.attempt, piece.type,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, piece.data
  FROM run, last, unnest($3::text[], $4::text[]) WITH ORDINALITY piece (type, data, number)`;

if (options.help) console.log(HELP);
else await runAndCleanUp(measure);

async function measure() {
  console.log('| database | runs at a time | rows per statement | statements/s | rows/s | p50 ms | p99 ms |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  await measurePostgres();
  await measureSqlite();
}

async function measurePostgres() {
  const url = await newDatabase(await startPostgres());
  await (await openDataSource({ type: 'postgres', url })).query(TABLE('uuid'));
  const connections = await Promise.all(
    Array.from({ length: Math.max(...CONCURRENCY) }, async () => {
      const connection = await connect(url);
      return { connection, turnId: await newRun((statement, values) => connection.query(statement, values)) };
    }),
  );
  for (const concurrency of CONCURRENCY) {
    for (const size of BATCHES) {
      const values = [Array(size).fill('message.delta'), Array(size).fill(data)];
      const append = async ({ connection, turnId }) => {
        const query = { name: 'append', text: APPEND, values: [turnId, 1, ...values] };
        const { rowCount } = await connection.query(query);
        if (rowCount !== size) throw new Error(`${rowCount} rows instead of ${size}`);
      };
      const used = connections.slice(0, concurrency);
      // One after the other, because the load of a shared machine changes.
      for (const synchronous of ['on', 'off']) {
        for (const { connection } of used) await connection.query(`SET synchronous_commit = ${synchronous}`);
        await report(`PostgreSQL, synchronous_commit = ${synchronous}`, size, used, append);
      }
    }
  }
}

async function measureSqlite() {
  for (const synchronous of ['FULL', 'NORMAL']) {
    const file = join(await temporary(), 'append.sqlite');
    const dataSource = await openDataSource({ type: 'better-sqlite3', database: file, enableWAL: true });
    await dataSource.query(TABLE('varchar'));
    const turnId = await newRun((statement, values) =>
      dataSource.query(statement.replaceAll(/\$\d/g, '?'), values),
    );
    await dataSource.destroy();
    const sqlite = new SqliteConnection(file);
    sqlite.pragma(`synchronous = ${synchronous}`);
    const run = sqlite.prepare(`SELECT session_id, coalesce((SELECT max(id) FROM bench_event e
      WHERE e.session_id = t.session_id), 0) AS last FROM agent_turn t WHERE id = ? AND attempt = ? AND status = 'running'`);
    const insert = sqlite.prepare(`INSERT INTO bench_event (session_id, id, turn_id, attempt, type, at, data)
      SELECT ?, ? + key + 1, ?, 1, 'message.delta', ?, value FROM json_each(?)`);
    for (const size of BATCHES) {
      const texts = JSON.stringify(Array(size).fill(data));
      const append = sqlite.transaction(() => {
        const { session_id: sessionId, last } = run.get(turnId, 1);
        insert.run(sessionId, last, turnId, Date.now() * 1000, texts);
      });
      await report(`SQLite, WAL, synchronous = ${synchronous}`, size, [undefined], () => append.immediate());
    }
    sqlite.close();
  }
}

/** A running turn of a new session. */
async function newRun(query) {
  const [sessionId, turnId] = [randomUUID(), randomUUID()];
  await query(
    `INSERT INTO agent_session (id, module, status, message_count, turn_count, created_at, settled_at)
     VALUES ($1, 'default', 'running', 0, 1, 0, 0)`,
    [sessionId],
  );
  await query(
    `INSERT INTO agent_turn (id, session_id, module, number, status, input, attempt, lost_runs, created_at, queued_at)
     VALUES ($1, $2, 'default', 1, 'running', '{}', 1, 0, 0, 0)`,
    [turnId, sessionId],
  );
  return turnId;
}

async function report(database, size, runs, append) {
  for (const run of runs) await append(run);
  const took = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    runs.map(async (run) => {
      while (performance.now() < end) {
        const start = performance.now();
        await append(run);
        took.push(performance.now() - start);
      }
    }),
  );
  const perSecond = took.length / ((performance.now() - began) / 1000);
  const { p50, p99 } = summarize(took);
  const figures = [runs.length, size, round(perSecond, 0), round(perSecond * size, 0), p50, p99];
  console.log(`| ${[database, ...figures].join(' | ')} |`);
}
