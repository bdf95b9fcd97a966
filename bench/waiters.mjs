// Cost of many long polls on one server: node bench/waiters.mjs --help
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';

import { atEnd, runAndCleanUp } from './lib/cleanup.mjs';
import { Client } from './lib/client.mjs';
import { checkOpenFiles, openPolls, residentBytes, settle } from './lib/long-polls.mjs';
import { ours, started } from './lib/servers.mjs';
import { newDatabase, startPostgres, startRedis } from './lib/services.mjs';
import { round, summarize } from './lib/statistics.mjs';

const HELP = `node bench/waiters.mjs [options]

  --count <number>    how many long polls (1000)
  --stack <name>      sqlite or postgres (both)
  --sessions <which>  many (one for each poll) or one (for all of them) (both)
  --window <seconds>  how long statements are counted (20)
  --help              this text`;

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    stack: { type: 'string' },
    sessions: { type: 'string' },
    window: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});

const count = Number(options.count);
const countedMs = Number(options.window) * 1000;
const stacks = choose('stack', ['sqlite', 'postgres']);
const modes = choose('sessions', ['many', 'one']);

/** PostgreSQL's processes report their statistics with a delay: idle ones within 10 s. */
const REPORTING_TIME = 11_000;

if (options.help) console.log(HELP);
else await runAndCleanUp(measure);

async function measure() {
  checkOpenFiles(count);
  for (const stack of stacks) {
    const services = stack === 'postgres' ? await startServices() : undefined;
    for (const mode of modes) {
      console.log(
        JSON.stringify({ stack, sessions: mode, polls: count, ...(await measurePolls(mode, services)) }),
      );
    }
  }
}

async function startServices() {
  return { postgres: await startPostgres(), redis: await startRedis() };
}

async function measurePolls(mode, services) {
  const database = services && (await newDatabase(services.postgres));
  const server = started(await ours(database ? ['--database', database, '--redis', services.redis.url] : []));
  const counter = database && (await openCounter(services.postgres.url, database));
  const client = new Client(server.url);
  try {
    const sessions = await startTurns(client, mode);
    const idle = await counter?.perSecond();
    const before = await residentBytes(server);
    const polled = Array.from({ length: count }, (_, index) => sessions[index % sessions.length]);
    const answers = await openPolls(client, polled);
    await settle(count);
    const bytes = (await residentBytes(server)) - before;
    const waiting = await counter?.perSecond();
    server.openGate();
    const answered = await Promise.all(answers);
    return {
      answered_after_ms: summarize(await delays(client, answered)),
      kb_per_poll: round(bytes / count / 1024, 1),
      rss_mb: round((before + bytes) / 2 ** 20, 1),
      ...(counter ? { statements_per_second: { idle, waiting } } : {}),
    };
  } finally {
    client.close();
    await server.stop();
  }
}

/** Sessions whose turns do not end until the gate is opened. */
async function startTurns(client, mode) {
  const sessions = [];
  const missing = () => (mode === 'one' ? 1 : count) - sessions.length;
  while (missing() > 0) {
    const batch = Array.from({ length: Math.min(50, missing()) }, async () => {
      const id = await client.createSession();
      await client.send(id, 'hold');
      return id;
    });
    sessions.push(...(await Promise.all(batch)));
  }
  return sessions;
}

/** For each poll, the time from the recorded end of its turn to its answer, in ms. */
async function delays(client, answered) {
  const ends = new Map();
  for (const { sessionId, session } of answered) {
    if (session.status !== 'idle') throw new Error(`A poll was answered with ${JSON.stringify(session)}`);
    if (!ends.has(sessionId)) {
      const [turn] = await client.request('GET', `/sessions/${sessionId}/turns`);
      ends.set(sessionId, Date.parse(turn.ended_at));
    }
  }
  return answered.map(({ sessionId, at }) => at - ends.get(sessionId));
}

/** Counts the transactions of a database, from a connection to another one so that it does not count its own. */
async function openCounter(serverUrl, databaseUrl) {
  const connection = new pg.Client({ connectionString: serverUrl });
  await connection.connect();
  // PostgreSQL is stopped before the program ends.
  connection.on('error', () => undefined);
  atEnd(() => connection.end());
  const name = new URL(databaseUrl).pathname.slice(1);
  const read = async () => {
    const { rows } = await connection.query(
      'SELECT xact_commit + xact_rollback AS done FROM pg_stat_database WHERE datname = $1',
      [name],
    );
    return Number(rows[0].done);
  };
  return {
    async perSecond() {
      await delay(REPORTING_TIME);
      const before = await read();
      await delay(countedMs);
      return round((await read()) - before, 0) / (countedMs / 1000);
    },
  };
}

function choose(name, all) {
  const value = options[name];
  if (value === undefined) return all;
  if (!all.includes(value)) throw new Error(`--${name} must be ${all.join(' or ')}`);
  return [value];
}
