import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../support/until.js';
import { outcomes, percentile } from './checker.js';
import { type Member } from './fleet.js';
import type { Sending } from './load.js';
import { CASE_TIME, SCALE, Scenario, volume } from './scenario.js';
import { RedisSite } from './servers.js';

/** Duration of the load during the Redis outage, in ms. */
const AWAY = 8_000;

describe('a Redis outage', () => {
  let site: RedisSite;
  let scenario: Scenario;

  beforeAll(async () => {
    site = await RedisSite.create();
  });
  afterAll(() => site.remove());
  beforeEach(async () => {
    await site.redis.start();
    scenario = await Scenario.on(site);
  });
  afterEach(() => scenario.remove());

  it(
    'with loss of all data loses no queued turn',
    async () => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api' });
      const load = scenario.load({ sessions: 0, messages: 0 });
      const count = volume(50, 200);
      const sessions = await Promise.all(Array.from({ length: count }, () => load.create()));
      await Promise.all(sessions.map((session) => load.send(session, { take_ms: 10 })));

      await site.redis.restart();
      const workers = await fleet.startWorkers(volume(1, 2));
      const started = Date.now();
      await scenario.quiet();

      const { turns } = await scenario.expectAllWell('Redis killed and empty with queued turns', {
        recovery: [Date.now() - started],
      });
      expect(turns).toHaveLength(count);
      expect(outcomes(turns)).toEqual(['completed in run 1']);
      await expectOrderlyExits(workers);
    },
    CASE_TIME,
  );

  const faults: { name: string; begin: () => Promise<void> | void; end: () => Promise<void> | void }[] = [
    { name: 'dead', begin: () => site.redis.kill(), end: () => site.redis.start() },
    {
      name: 'silent',
      begin: () => {
        scenario.toRedis.stall();
      },
      end: () => {
        scenario.toRedis.heal();
      },
    },
    {
      name: 'slow',
      begin: () => {
        scenario.toRedis.delay(700);
      },
      end: () => {
        scenario.toRedis.heal();
      },
    },
  ];

  it.each(faults)(
    'with a $name Redis delays no request: messages are accepted at once and answered within seconds',
    async ({ name, begin, end }) => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api' });
      const workers = await fleet.startWorkers(volume(1, 2));
      const load = scenario.load({ sessions: 12, messages: 1_000, params: () => ({ take_ms: 300 }) });
      const run = load.run();
      await until(() => load.log.length > 20, { what: 'messages to be answered' });

      for (let round = 0; round < SCALE; round++) {
        await begin();
        const from = Date.now();
        await sleep(AWAY);
        const until = Date.now();
        await end();
        expectQuickAnswers(load.log.filter(({ at }) => at >= from && at < until));
        await sleep(2_000);
      }
      load.stop();
      await run;
      // All are accepted, whether Redis is back or not.
      await begin();
      await scenario.quiet();

      const { turns } = await scenario.expectAllWell(`Redis ${name} for ${AWAY / 1000} s under load`, {
        counts: { outages: SCALE },
        recovery: (await scenario.records()).turns.map(
          ({ endedAt, createdAt }) => (endedAt ?? NaN) - createdAt,
        ),
      });
      // Each turn ran once, and none waited for Redis.
      expect(outcomes(turns)).toEqual(['completed in run 1']);
      expect(Math.max(...turns.map(({ endedAt, createdAt }) => (endedAt ?? NaN) - createdAt))).toBeLessThan(
        6_000,
      );
      await expectOrderlyExits([...workers, ...fleet.running]);
    },
    CASE_TIME,
  );

  it(
    'during the start does not keep a host from starting',
    async () => {
      const { fleet } = scenario;
      await site.redis.kill();
      const server = await fleet.start({ lease: 15 });
      const load = scenario.load({ sessions: 5, messages: 2 });
      await load.run();
      await site.redis.start();
      await until(async () => !(await (await fetch(`${server.url}/health`)).text()).includes('redis'), {
        what: 'Redis to be found',
      });
      await load.run();

      await scenario.expectAllWell('Redis away at the start');
      await expectOrderlyExits([server]);
    },
    CASE_TIME,
  );
});

function expectQuickAnswers(sendings: Sending[]): void {
  expect(sendings.length).toBeGreaterThan(10);
  expect(sendings.filter(({ status }) => status !== 202)).toEqual([]);
  expect(
    percentile(
      sendings.map(({ took }) => took),
      99,
    ),
  ).toBeLessThan(500);
}

/** SIGTERM ends them at once, because nothing runs, and without an error. */
async function expectOrderlyExits(members: Member[]): Promise<void> {
  for (const member of new Set(members)) {
    const asked = performance.now();
    expect(await member.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(5_000);
    expect(member.stdout() + member.stderr()).not.toMatch(/unhandled/i);
  }
}
