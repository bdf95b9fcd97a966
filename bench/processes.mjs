// Several processes on one PostgreSQL and Redis, compared with one process: node bench/processes.mjs --help
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { runAndCleanUp } from './lib/cleanup.mjs';
import { measureTurns } from './lib/load.mjs';
import { redisCommands } from './lib/redis-commands.mjs';
import { connect } from './lib/rows.mjs';
import { ours, started } from './lib/servers.mjs';
import { freePort, newDatabase, startPostgres, startRedis } from './lib/services.mjs';
import { median, round } from './lib/statistics.mjs';

const HELP = `node bench/processes.mjs [options]

  --api <number>      processes that only answer requests (2)
  --workers <number>  processes that only run turns (4)
  --clients <number>  clients, each with one turn at a time (32)
  --seconds <number>  how long turns are measured in each round (5)
  --rounds <number>   rounds of each, in turn (3)
  --quick             one round of a second, to see that everything works
  --help              this text`;

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: {
    ...{ api: text, workers: text, clients: text, seconds: text, rounds: text },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const number = (name, value) => Number(options[name] ?? value);
const [apis, workers, concurrency] = [number('api', 2), number('workers', 4), number('clients', 32)];
const seconds = number('seconds', options.quick ? 1 : 5);
const rounds = number('rounds', options.quick ? 1 : 3);

/** PostgreSQL's processes report their statistics with a delay: idle ones within 10 s. */
const REPORTING_MS = 11_000;

if (options.help) console.log(HELP);
else await runAndCleanUp(measure);

async function measure() {
  const postgres = await startPostgres();
  const observer = await connect(postgres.url);
  const deployments = [
    await deploy(postgres, observer, 'one process', ['all']),
    await deploy(postgres, observer, `${apis} api, ${workers} worker`, [
      ...Array(apis).fill('api'),
      ...Array(workers).fill('worker'),
    ]),
  ];
  for (const { url } of deployments) await measureTurns(url, { concurrency, seconds: 2 });
  for (let count = 0; count < rounds; count++) {
    for (const deployment of deployments) await measureRound(deployment, observer);
  }
  console.log(
    '| | turns/s | p50 ms | p99 ms | PostgreSQL transactions per turn | Redis commands per turn | PostgreSQL connections | of Redis | idle transactions/s | idle Redis commands/s |',
  );
  console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { title, found, idle, idleCommands } of deployments) {
    const of = (value, digits = 1) => round(median(found.map(value)), digits);
    const figures = [
      of((one) => one.turns_per_second),
      of((one) => one.turn_ms.p50),
      of((one) => one.turn_ms.p99),
      of((one) => one.transactions, 2),
      of((one) => one.commands, 2),
      of((one) => one.connections, 0),
      of((one) => one.redis, 0),
      idle,
      idleCommands,
    ];
    console.log(`| ${[title, ...figures].join(' | ')} |`);
  }
  const names = deployments[1].found.at(-1).names;
  console.log(`Redis commands per turn, several processes: ${names}`);
}

async function measureRound(deployment, observer) {
  const transactions = () => countTransactions(observer, deployment.database);
  await delay(REPORTING_MS);
  const [before, commands] = [await transactions(), await redisCommands(deployment.redis)];
  const load = measureTurns(deployment.url, { concurrency, seconds });
  await delay(seconds * 500);
  const connections = await countConnections(observer, deployment.database);
  const result = await load;
  const { counts, clients } = await redisCommands(deployment.redis, commands.counts);
  await delay(REPORTING_MS);
  const done = (await transactions()) - before - deployment.idle * (seconds + REPORTING_MS / 1000);
  const total = sum(counts) - deployment.idleCommands * seconds;
  const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, 8);
  deployment.found.push({
    ...result,
    connections,
    redis: clients,
    transactions: done / result.turns,
    commands: total / result.turns,
    names: most.map(([name, count]) => `${name} ${round(count / result.turns)}`).join(', '),
  });
}

/** Processes on a new database, and how many transactions they make while there is nothing to do. */
async function deploy(postgres, observer, title, roles) {
  const database = await newDatabase(postgres);
  // Each has its own, whose commands can be counted.
  const redis = (await startRedis()).url;
  const servers = [];
  for (const role of roles) {
    servers.push(started(await ours(['--database', database, '--redis', redis, '--role', role])));
  }
  const url = await balance(servers.filter((_, index) => roles[index] !== 'worker').map((one) => one.url));
  await delay(REPORTING_MS);
  const before = await countTransactions(observer, database);
  const commands = await redisCommands(redis);
  await delay(10_000);
  const idleCommands = sum((await redisCommands(redis, commands.counts)).counts) / 10;
  const idle = round((await countTransactions(observer, database)) - before, 0) / 10;
  return { title, database, redis, url, idle, idleCommands, found: [] };
}

/** A server that passes requests to the given ones in turn, as a load balancer does. */
async function balance(urls) {
  if (urls.length === 1) return urls[0];
  const agent = new http.Agent({ keepAlive: true });
  let next = 0;
  const server = http.createServer((request, response) => {
    const target = urls[next++ % urls.length] + request.url;
    const { method, headers } = request;
    const passed = http.request(target, { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  return `http://127.0.0.1:${port}`;
}

async function countTransactions(observer, database) {
  const { rows } = await observer.query(
    'SELECT xact_commit + xact_rollback AS done FROM pg_stat_database WHERE datname = $1',
    [nameOf(database)],
  );
  return Number(rows[0].done);
}

async function countConnections(observer, database) {
  const { rows } = await observer.query('SELECT count(*) AS open FROM pg_stat_activity WHERE datname = $1', [
    nameOf(database),
  ]);
  return Number(rows[0].open);
}

function sum(counts) {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function nameOf(database) {
  return new URL(database).pathname.slice(1);
}
