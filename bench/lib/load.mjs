import { performance } from 'node:perf_hooks';

import { Client } from './client.mjs';
import { median, round, summarize } from './statistics.mjs';

/** Number of turns after which a client creates a new session. */
const TURNS_PER_SESSION = 20;

/**
 * `concurrency` clients, each beginning its next turn after the end of the previous one, for some seconds. `turn` is the
 * client's method that makes one.
 */
export async function measureTurns(url, { concurrency, seconds, turn = 'turn' }) {
  const client = new Client(url);
  try {
    const sessions = await Promise.all(Array.from({ length: concurrency }, () => client.createSession()));
    await Promise.all(sessions.map((id) => client[turn](id)));
    const took = [];
    const start = performance.now();
    const end = start + seconds * 1000;
    await Promise.all(
      sessions.map(async (first) => {
        let session = first;
        for (let count = 1; performance.now() < end; count++) {
          if (count % TURNS_PER_SESSION === 0) session = await client.createSession();
          took.push(await client[turn](session));
        }
      }),
    );
    const elapsed = (performance.now() - start) / 1000;
    return {
      turns: took.length,
      turns_per_second: round(took.length / elapsed, 1),
      turn_ms: summarize(took),
    };
  } finally {
    client.close();
  }
}

/** Durations of the first and the last turns in one session of many turns. */
export async function measureGrowth(url, { turns }) {
  const client = new Client(url);
  try {
    const session = await client.createSession();
    const took = [];
    for (let count = 0; count < turns; count++) took.push(await client.turn(session));
    const part = Math.ceil(turns / 10);
    const first = median(took.slice(0, part));
    const last = median(took.slice(-part));
    return { turns, first_ms: round(first), last_ms: round(last), growth: round(last / first) };
  } finally {
    client.close();
  }
}
