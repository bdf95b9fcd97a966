// Measures this package and comparable servers in one run: npm run bench. See bench/README.md for the meaning of the
// figures.
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { drawChart } from './lib/chart.mjs';
import { isEnding, runAndCleanUp } from './lib/cleanup.mjs';
import { measureGrowth, measureTurns } from './lib/load.mjs';
import { measureMemory } from './lib/memory.mjs';
import { installPeers } from './lib/peers.mjs';
import { formatFigures, updateReadme } from './lib/report.mjs';
import { servers } from './lib/servers.mjs';
import { startPostgres, startRedis } from './lib/services.mjs';

const HELP = `npm run bench -- [options]

  --seconds <number>  how long each server is measured in each round (5)
  --rounds <number>   how many rounds there are at each concurrency (3)
  --only <ids>        some servers only, like sqlite,floor
  --quick             one short round, to see that everything works
  --help              this text

The servers: ${servers.map(({ id }) => id).join(', ')}. Every figure is printed as a line of JSON; a whole run, one without
--only and --quick, also writes bench/results.jsonl, bench/README.md and bench/chart.svg.`;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const { quick } = options;
const seconds = positive('seconds', quick ? 1 : 5);
const rounds = positive('rounds', quick ? 1 : 3);
const concurrencies = [1, 8, 32];
const turnsOfOneSession = quick ? 50 : 500;
const openPolls = quick ? [100, 1_000] : [1_000, 10_000];

const file = (name) => fileURLToPath(new URL(name, import.meta.url)); /** Every figure of this run. */
const results = [];

if (options.help) console.log(HELP);
else await runAndCleanUp(compare);

async function compare() {
  const chosen = chooseServers();
  record({
    measure: 'run',
    at: new Date().toISOString(),
    node: process.version,
    cpus: `${cpus().length} x ${cpus()[0].model}`,
    seconds,
    rounds,
  });
  const services = { postgres: await startPostgres(), redis: await startRedis() };
  const notMeasured = await installPeers(chosen);
  const running = await startAll(chosen, services, notMeasured);

  for (const concurrency of concurrencies) {
    for (let round = 1; round <= rounds; round++) {
      await measureEach(running, notMeasured, { measure: 'turns', concurrency, round }, ({ url }) =>
        measureTurns(url, { concurrency, seconds }),
      );
    }
  }
  await measureEach(running, notMeasured, { measure: 'growth' }, ({ url }) =>
    measureGrowth(url, { turns: turnsOfOneSession }),
  );
  for (const { server } of running) await server.stop();
  await measureMemories(running, services, notMeasured);

  const figures = formatFigures(servers, results);
  console.log(`\n${figures}`);
  if (quick || options.only) return;
  await writeFile(file('results.jsonl'), results.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await updateReadme(file('README.md'), figures);
  await writeFile(file('chart.svg'), drawChart(servers, results));
}

function chooseServers() {
  if (options.only === undefined) return servers;
  const ids = options.only.split(',');
  const unknown = ids.filter((id) => !servers.some((server) => server.id === id));
  if (unknown.length > 0) throw new Error(`There is no server ${unknown.join(', ')}`);
  return servers.filter(({ id }) => ids.includes(id));
}

/** All servers run for the whole time, so that their rounds can be interleaved. */
async function startAll(chosen, services, notMeasured) {
  const running = [];
  for (const definition of chosen) {
    if (notMeasured.has(definition.id)) continue;
    try {
      running.push({ definition, server: await definition.start(services) });
    } catch (error) {
      leaveOut(definition, error, notMeasured);
    }
  }
  for (const [id, reason] of notMeasured) record({ server: id, measure: 'none', reason });
  return running;
}

/** One measurement of each server, in sequence. */
async function measureEach(running, notMeasured, facts, measure) {
  for (const { definition, server } of running) {
    if (notMeasured.has(definition.id)) continue;
    try {
      record({ server: definition.id, ...facts, ...(await measure(server)) });
    } catch (error) {
      leaveOut(definition, error, notMeasured);
      record({ server: definition.id, measure: 'none', reason: notMeasured.get(definition.id) });
    }
  }
}

/** In new processes, one at a time, because earlier work of a server affects its memory. */
async function measureMemories(running, services, notMeasured) {
  for (const { definition } of running) {
    if (notMeasured.has(definition.id)) continue;
    const facts = { server: definition.id, measure: 'memory' };
    const server = await definition.start(services);
    try {
      record({ ...facts, ...(await measureMemory(server, openPolls)) });
    } catch (error) {
      if (isEnding()) throw error;
      console.error(`${definition.title}: the memory could not be measured: ${error.message}`);
      record({ ...facts, error: error.message });
    }
    await server.stop();
  }
}

function leaveOut({ id, title }, error, notMeasured) {
  if (isEnding()) throw error;
  const reason = error.message.split('\n', 1)[0];
  notMeasured.set(id, reason);
  console.error(`${title} is left out: ${error.message}`);
}

/** Records a figure and prints it. */
function record(line) {
  results.push(line);
  console.log(JSON.stringify(line));
}

function positive(name, byDefault) {
  const value = options[name] === undefined ? byDefault : Number(options[name]);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}
