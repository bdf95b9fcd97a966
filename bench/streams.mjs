// Delay of streamed pieces, and memory of open event streams, on one server: node bench/streams.mjs --help
import http from 'node:http';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { runAndCleanUp } from './lib/cleanup.mjs';
import { Client } from './lib/client.mjs';
import { checkOpenFiles, residentBytes } from './lib/long-polls.mjs';
import { ours, started } from './lib/servers.mjs';
import { newDatabase, startPostgres, startRedis } from './lib/services.mjs';
import { round, summarize } from './lib/statistics.mjs';

const HELP = `node bench/streams.mjs [options]

  --streams <number>  how many event streams (1000)
  --turns <number>    how many turns stream at the same time (50)
  --rate <number>     pieces a second of each turn (20)
  --seconds <number>  how long they stream (10)
  --stack <name>      sqlite or postgres (both)
  --help              this text`;

const { values: options } = parseArgs({
  options: {
    streams: { type: 'string', default: '1000' },
    turns: { type: 'string', default: '50' },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '10' },
    stack: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const [streams, turns, rate, seconds] = ['streams', 'turns', 'rate', 'seconds'].map((name) => {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number of at least 1`);
  return value;
});

if (options.help) console.log(HELP);
else await runAndCleanUp(measure);

async function measure() {
  checkOpenFiles(streams);
  for (const stack of options.stack ? [options.stack] : ['sqlite', 'postgres']) {
    console.log(JSON.stringify({ stack, streams, turns, rate, seconds, ...(await measureStreams(stack)) }));
  }
}

async function measureStreams(stack) {
  const services = stack === 'postgres' && { postgres: await startPostgres(), redis: await startRedis() };
  const database = services && (await newDatabase(services.postgres));
  const where = database ? ['--database', database, '--redis', services.redis.url] : [];
  const server = started(await ours([...where, '--workers', String(turns)]));
  const client = new Client(server.url);
  const agent = new http.Agent({ maxSockets: Infinity });
  try {
    const sessions = await Promise.all(Array.from({ length: turns }, () => client.createSession()));
    const before = await residentBytes(server);
    const delays = [];
    const ends = [];
    for (let first = 0; first < streams; first += 50) {
      const some = Array.from({ length: Math.min(50, streams - first) }, (_, index) =>
        open(server.url, sessions[(first + index) % turns], agent, delays),
      );
      for (const { end } of await Promise.all(some)) ends.push(end);
    }
    const bytes = (await residentBytes(server)) - before;
    await Promise.all(sessions.map((id) => client.send(id, `stream ${rate} ${seconds}`)));
    await Promise.all(ends);
    return {
      pieces: delays.length,
      lost: streams * rate * seconds - delays.length,
      delay_ms: summarize(delays),
      kb_per_stream: round(bytes / streams / 1024, 1),
    };
  } finally {
    agent.destroy();
    client.close();
    await server.stop();
  }
}

/** Opens a stream; `end` resolves when the turn has ended. The time of each piece is compared with the clock. */
async function open(url, sessionId, agent, delays) {
  const request = http.get(`${url}/sessions/${sessionId}/events`, { agent });
  const [response] = await once(request, 'response');
  if (response.statusCode !== 200) throw new Error(`A stream was answered with ${response.statusCode}`);
  response.setEncoding('utf8');
  const end = new Promise((resolve, reject) => {
    let rest = '';
    response.on('data', (data) => {
      const now = performance.timeOrigin + performance.now();
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line === 'event: turn.completed') resolve();
        const piece = /^data: .*"delta":"([\d.]+) "/.exec(line);
        if (piece) delays.push(now - Number(piece[1]));
      }
    });
    response.on('end', () => reject(new Error('A stream has ended before its turn')));
    response.on('error', reject);
  });
  // Its failure is that of the measurement, which waits for all.
  end.catch(() => undefined);
  return { end };
}
