import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../support/until.js';
import { outcomes } from './checker.js';
import { type Member } from './fleet.js';
import { CASE_TIME, SCALE, Scenario, volume } from './scenario.js';
import { RedisSite, Site } from './servers.js';

/** Allowed shutdown time beyond the shutdown timeout, in ms. */
const SPARE = 3_000;

/** A scenario on servers of its own, for all cases of a `describe`. */
function useScenario<Own extends Site | RedisSite>(
  create: () => Promise<Own>,
): { site: Own; scenario: Scenario } {
  const given = {} as { site: Own; scenario: Scenario };
  beforeAll(async () => {
    given.site = await create();
    given.scenario = await Scenario.on(given.site);
  });
  afterAll(async () => {
    await given.scenario.remove();
    await given.site.remove();
  });
  return given;
}

describe('a worker that receives a signal to stop', () => {
  const given = useScenario(() => RedisSite.create());
  beforeAll(() => given.scenario.fleet.start({ role: 'api' }));

  const redis: { state: string; begin: () => Promise<void> | void }[] = [
    { state: 'up', begin: () => undefined },
    { state: 'dead', begin: () => given.site.redis.kill() },
    {
      state: 'silent',
      begin: () => {
        given.scenario.toRedis.stall();
      },
    },
  ];

  it.each(redis)(
    'with Redis $state lets its turns finish and requeues those that take too long',
    async ({ state, begin }) => {
      const { site, scenario } = given;
      const { fleet } = scenario;
      const exits: number[] = [];
      const count = volume(10, 20);
      const load = scenario.load({ sessions: 0, messages: 0 });
      for (let round = 0; round < SCALE; round++) {
        const worker = await fleet.start({ role: 'worker', workers: 40, shutdownTimeout: 3 });
        const sessions = await Promise.all(Array.from({ length: count }, () => load.create()));
        await Promise.all(
          sessions.map((session, index) => {
            const quick = { take_ms: 2_000 };
            return load.send(session, index % 2 ? quick : { take_ms: 100, first: { take_ms: 60_000 } });
          }),
        );
        await until(() => scenario.notes.filter(({ pid }) => pid === worker.pid).length === count, {
          what: 'all turns to begin',
        });
        await begin();
        // Another worker is available to take over.
        const other = await fleet.start({ role: 'worker', lease: 15 });
        const exit = await stop(worker);
        exits.push(exit.took);
        expect(exit).toMatchObject({ code: 0 });
        expect(exit.took).toBeLessThan(3_000 + SPARE);

        await Promise.all(sessions.map((session) => load.settled(session)));
        await fleet.kill(other);
        await site.redis.start();
        scenario.toRedis.heal();
      }

      const all = await scenario.expectAllWell(`SIGTERM with ${count} running turns, Redis ${state}`, {
        counts: { turns: load.sessions.length },
        recovery: exits,
      });
      const turns = all.turns.filter(({ session }) => load.sessions.includes(session));
      // Turns with enough time ended in their first run, the others in their second.
      expect(outcomes(turns)).toEqual(['completed in run 1', 'completed in run 2']);
      expect(turns.filter(({ attempt }) => attempt === 1)).toHaveLength((count / 2) * SCALE);
      expect(turns.filter(({ attempt }) => attempt === 2)).toHaveLength((count / 2) * SCALE);
    },
    CASE_TIME,
  );
});

describe('a process that receives a signal to stop', () => {
  const given = useScenario(() => RedisSite.create());

  it(
    'answers open long polls at once',
    async () => {
      const { scenario } = given;
      const server = await scenario.fleet.start({ shutdownTimeout: 0 });
      const load = scenario.load({ sessions: 0, messages: 0 });
      const session = await load.create();
      await load.send(session, { take_ms: 3_000 });
      const polls = Array.from({ length: 20 }, async () => {
        const answer = await fetch(`${server.url}/sessions/${session}?wait=true`);
        return (await answer.json()) as { status: string };
      });
      // The last of them has arrived when a later request has been answered.
      await fetch(`${server.url}/health`);
      await fetch(`${server.url}/health`);
      const exit = await stop(server);
      expect((await Promise.all(polls)).map(({ status }) => status)).toEqual(polls.map(() => 'running'));
      expect(exit).toMatchObject({ code: 0 });
      expect(exit.took).toBeLessThan(SPARE);
    },
    CASE_TIME,
  );
});

describe('a process that receives a signal to stop during a PostgreSQL outage', () => {
  const given = useScenario(() => Site.create());

  it(
    'ends in time, and its turns continue elsewhere',
    async () => {
      const { site, scenario } = given;
      const { fleet } = scenario;
      const server = await fleet.start({ workers: 20, shutdownTimeout: 1, lease: 2 });
      const load = scenario.load({ sessions: 0, messages: 0 });
      const sessions = await Promise.all(Array.from({ length: 10 }, () => load.create()));
      await Promise.all(
        sessions.map((session) => load.send(session, { take_ms: 100, first: { take_ms: 60_000 } })),
      );
      await until(() => scenario.notes.length === 10, { what: 'all turns to begin' });
      const poll = fetch(`${server.url}/sessions/${sessions[0] ?? ''}?wait=true`);
      // It has read its session when requests that came after it have been answered.
      for (let asked = 0; asked < 3; asked++) await fetch(`${server.url}/health`);
      await site.postgres.stop();
      const exit = await stop(server);
      expect(exit.took).toBeLessThan(1_000 + 2 * SPARE);
      const answer = await poll;
      expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'running' }]);

      await site.postgres.start();
      await fleet.start({ lease: 2 });
      const { turns } = await scenario.expectAllWell('SIGTERM while PostgreSQL is away', {
        recovery: [exit.took],
      });
      expect(outcomes(turns)).toEqual(['completed in run 2']);
    },
    CASE_TIME,
  );
});

async function stop(member: Member): Promise<{ code: number | null; took: number }> {
  const asked = performance.now();
  const code = await member.stop();
  return { code, took: performance.now() - asked };
}
