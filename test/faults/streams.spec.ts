import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import type { LoggedMessageDelta, LoggedTurnQueued } from '../../src/index.js';
import { EventReader, type StreamedEvent, take } from '../support/event-reader.js';
import { until } from '../support/until.js';
import type { Verdict } from './checker.js';
import { CuttingProxy } from './cutting-proxy.js';
import { seeded } from './load.js';
import { CASE_TIME, SCALE, Scenario, volume } from './scenario.js';
import { Site } from './servers.js';
import { compare, StreamReader } from './stream-readers.js';

const SESSIONS = 4;

/** Cuts of connections while each fault is repeated once. */
const CUTS = volume(40, 65);

/** Bytes. */
const LONGEST_CONNECTION = 16_000;

describe('event streams of agents that stream pieces', () => {
  let site: Site;
  let scenario: Scenario | undefined;
  let proxy: CuttingProxy | undefined;
  let readers: StreamReader[] = [];

  beforeAll(async () => {
    site = await Site.create();
  });
  afterAll(() => site.remove());
  afterEach(async () => {
    const stopped = await Promise.allSettled(readers.map((reader) => reader.stop()));
    readers = [];
    await proxy?.close();
    await scenario?.remove();
    expect(stopped.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  const kill = async ({ fleet }: Scenario) => {
    const [victim] = fleet.running;
    if (!victim) throw new Error('No process runs');
    await fleet.kill(victim);
    await fleet.replace(victim);
  };
  const stacks = [
    {
      stack: 'PostgreSQL and Redis',
      processes: 2,
      begin: () => Scenario.on(site),
      faults: [kill, () => site.redis.restart(), () => site.postgres.restart()],
    },
    { stack: 'SQLite', processes: 1, begin: () => Scenario.embedded(), faults: [kill, kill] },
  ];

  it.each(stacks)(
    'lose, repeat and reorder nothing on $stack, wherever connections are cut and while servers die',
    async ({ stack, processes, begin, faults }) => {
      const current = (scenario = await begin());
      const { fleet } = current;
      const start = () => fleet.start({ lease: 2, maxAttempts: 100 });
      await Promise.all(Array.from({ length: processes }, start));
      const cutting = (proxy = await CuttingProxy.to({
        urls: () => fleet.urls,
        random: seeded(17),
        longest: LONGEST_CONNECTION,
      }));
      const load = current.load({
        sessions: SESSIONS,
        messages: 10_000,
        params: (chance) => ({ stream: Math.ceil(chance * 80) }),
      });
      const run = load.run();
      await until(() => load.sessions.length === SESSIONS, { what: 'the sessions' });
      const { url } = cutting;
      readers = load.sessions.flatMap((session) => [
        StreamReader.plain(url, session),
        StreamReader.plain(url, session),
        StreamReader.library(url, session),
      ]);
      // Until it was connected once, the client library gives up after some tries.
      await until(() => readers.every(({ position }) => position > 0), { what: 'events for all readers' });

      const rounds = faults.length * SCALE;
      for (let round = 0; round < rounds; round++) {
        const wanted = Math.ceil((CUTS * SCALE * (round + 1)) / rounds);
        await faults[round % faults.length]?.(current);
        await until(() => cutting.cuts >= wanted, { what: `${wanted} cuts`, timeoutMs: 30_000 });
      }
      load.stop();
      await run;
      await current.quiet();
      const { cuts } = cutting;
      cutting.stop();

      const logs = new Map<string, StreamedEvent[]>();
      for (const session of load.sessions) logs.set(session, await wholeLog(fleet.urls[0] ?? '', session));
      const logOf = ({ session }: StreamReader) => logs.get(session) ?? [];
      const atEnd = () => readers.every((reader) => reader.position === logOf(reader).at(-1)?.id);
      await until(atEnd, { what: 'all readers to reach the end', timeoutMs: 30_000 });

      const found: Required<Omit<Verdict, 'overlapping'>> = { lost: [], doubled: [], outOfOrder: [] };
      for (const reader of readers) {
        const { lost = [], doubled = [], outOfOrder = [] } = compare(reader, logOf(reader));
        found.lost.push(...lost);
        found.doubled.push(...doubled);
        found.outOfOrder.push(...outOfOrder);
      }
      for (const [session, log] of logs) found.lost.push(...gaps(session, log));
      const events = readers.reduce((sum, reader) => sum + reader.events.length, 0);
      // A worker that cannot reach the database for longer than its lease runs on.
      const { turns } = await current.expectAllWell(`event streams cut on ${stack}`, {
        counts: { cuts, events, faults: rounds },
        frozen: true,
        found,
      });
      for (const reader of readers) expect(reader.events).toEqual(logOf(reader));
      expect(new Set(turns.map(({ status }) => status))).toEqual(new Set(['completed']));
      expect(turns.some(({ attempt }) => attempt > 1)).toBe(true);
    },
    CASE_TIME,
  );
});

/** A session's log, read over one connection. */
async function wholeLog(url: string, session: string): Promise<StreamedEvent[]> {
  const answer = await fetch(`${url}/sessions/${session}`);
  const { last_event_id: last } = (await answer.json()) as { last_event_id: number };
  const reader = await EventReader.open(`${url}/sessions/${session}/events?after=0`);
  const log = await take(reader.events(), last);
  reader.close();
  return log;
}

/** Ids that are missing, and pieces of the last runs of turns: none of the deltas is old enough to be removed. */
function gaps(session: string, log: StreamedEvent[]): string[] {
  const missing = log.filter(({ id }, index) => id !== index + 1).map(({ id }) => `${session}: before ${id}`);
  let wanted = 0;
  let text = '';
  for (const event of log) {
    if (event.type === 'turn.queued') {
      const { message } = event as LoggedTurnQueued;
      wanted = Number(message.user_params?.stream);
    }
    if (event.type === 'turn.started') text = '';
    if (event.type === 'message.delta') text += (event as LoggedMessageDelta).delta;
    if (event.type !== 'turn.completed') continue;
    const whole = Array.from({ length: wanted }, (_, piece) => `${piece} `).join('');
    if (text !== whole) missing.push(`${session}: pieces before ${event.id}: ${text}`);
  }
  return missing;
}
