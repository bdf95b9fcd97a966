// Steps and questions to a person, compared with DBOS and Restate in one run: node bench/recordings.mjs --help
import { parseArgs } from 'node:util';

import { runAndCleanUp } from './lib/cleanup.mjs';
import { measureTurns } from './lib/load.mjs';
import { installPeers } from './lib/peers.mjs';
import { servers } from './lib/servers.mjs';
import { startPostgres, startRedis } from './lib/services.mjs';
import { median, round } from './lib/statistics.mjs';

const HELP = `node bench/recordings.mjs [options]

  --clients <numbers>  clients, each with one turn at a time (1,8)
  --seconds <number>   how long each server is measured in each round (4)
  --rounds <number>    rounds of each, in turn (3)
  --quick              one round of a second, to see that everything works
  --help               this text

Prints turns per second: of ten steps, and of a question, its answer and the end.`;

const text = { type: 'string' };
const { values: options } = parseArgs({
  options: {
    ...{ clients: text, seconds: text, rounds: text },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const clients = (options.clients ?? '1,8').split(',').map(Number);
const seconds = Number(options.seconds ?? (options.quick ? 1 : 4));
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));

const MEASURES = [
  { title: 'ten steps', turn: 'steps' },
  { title: 'question, answer, end', turn: 'askAndResume' },
];

if (options.help) console.log(HELP);
else await runAndCleanUp(measure);

async function measure() {
  const services = { postgres: await startPostgres(), redis: await startRedis() };
  const compared = servers.filter(({ id }) => id !== 'floor');
  const notMeasured = await installPeers(compared);
  const running = [];
  for (const definition of compared.filter(({ id }) => !notMeasured.has(id))) {
    running.push({ ...definition, ...(await definition.start(services)) });
  }
  console.log(`| turns per second | ${running.map(({ title }) => title).join(' | ')} |`);
  console.log(`| --- |${running.map(() => ' ---: |').join('')}`);
  for (const { title, turn } of MEASURES) {
    for (const concurrency of clients) {
      const figures = new Map(running.map(({ id }) => [id, []]));
      for (let count = 0; count < rounds; count++) {
        for (const { id, url } of running) {
          figures.get(id).push((await measureTurns(url, { concurrency, seconds, turn })).turns_per_second);
        }
      }
      const cells = running.map(({ id }) => round(median(figures.get(id)), 1));
      console.log(`| ${title}, ${concurrency} at once | ${cells.join(' | ')} |`);
    }
  }
}
