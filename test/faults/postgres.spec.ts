import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../support/until.js';
import { hasEnded } from './fleet.js';
import { CASE_TIME, SCALE, Scenario, volume } from './scenario.js';
import { Site } from './servers.js';

describe('a PostgreSQL outage', () => {
  let site: Site;
  let scenario: Scenario;

  beforeAll(async () => {
    site = await Site.create();
  });
  afterAll(() => site.remove());
  beforeEach(async () => {
    await site.postgres.start();
    scenario = await Scenario.on(site);
  });
  afterEach(() => scenario.remove());

  it.each([
    { settings: 'the command line’s own settings', lease: undefined },
    { settings: 'leases shorter than the outage', lease: 1 },
  ])(
    'that repeats loses nothing, with $settings',
    async ({ settings, lease }) => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api', lease });
      await fleet.startWorkers(volume(1, 2), { lease });
      const load = scenario.load({
        sessions: volume(5, 10),
        messages: 1_000,
        params: (chance) => ({ take_ms: Math.round(chance * 800) }),
      });
      const idle = await load.create();
      const run = load.run();
      const outages = volume(2, 3) * SCALE;
      const recovery: number[] = [];
      for (let round = 0; round < outages; round++) {
        await until(() => load.log.filter(({ turn }) => turn).length > round * 20, { what: 'messages' });
        await site.postgres.stop();
        expect(await load.send(idle)).toMatchObject({ status: 503, code: 'database_unavailable' });
        await sleep(1_500);
        const back = Date.now();
        await site.postgres.start();
        const accepted = () => load.log.find(({ at, turn }) => turn !== undefined && at > back);
        await until(accepted, { what: 'a message to be accepted again' });
        recovery.push(Date.now() - back);
      }
      load.stop();
      await run;

      expect(fleet.members.filter(hasEnded)).toEqual([]);
      const { turns } = await scenario.expectAllWell(`PostgreSQL stopped and started, ${settings}`, {
        counts: { outages },
        recovery,
        // An agent continues while its worker cannot reach the database, and may end after its lease.
        frozen: lease !== undefined,
      });
      expect(turns.filter(({ status }) => status !== 'completed')).toEqual([]);
    },
    CASE_TIME,
  );

  it(
    'without traffic neither ends idle processes nor fails later requests',
    async () => {
      const { fleet } = scenario;
      const server = await fleet.start();
      const load = scenario.load({ sessions: 5, messages: 2 });
      await load.run();
      await site.postgres.restart();
      await sleep(1_500);
      const later = scenario.load({ sessions: 5, messages: 2 });
      await later.run();

      // Connections that broke while idle are not used again.
      expect(later.log.filter(({ status }) => status !== 202)).toEqual([]);
      expect(hasEnded(server)).toBe(false);
      await scenario.expectAllWell('PostgreSQL restarted while all is idle');
    },
    CASE_TIME,
  );

  it(
    'by silence fails requests in time, and everything continues when it responds again',
    async () => {
      const { fleet, toPostgres } = scenario;
      const { url } = await fleet.start({ workers: 4 });
      const load = scenario.load({ sessions: 0, messages: 0 });
      const [session, other] = [await load.create(), await load.create()];
      await load.send(session, { take_ms: 3_000 });
      const polled = fetch(`${url}/sessions/${session}?wait=true`);
      await until(() => scenario.notes.length === 1, { what: 'the turn to begin' });
      // By then the poll has read its session, and waits without a statement.
      await sleep(500);
      toPostgres.stall();

      const json = { 'content-type': 'application/json' };
      const path = `${url}/sessions/${other}`;
      const [health, ...answers] = await Promise.all([
        timed(fetch(`${url}/health`)),
        timed(fetch(path)),
        timed(fetch(`${path}?wait=true`)),
        timed(fetch(`${path}/messages`)),
        timed(fetch(`${path}/turns`)),
        timed(fetch(`${url}/sessions`, { method: 'POST' })),
        timed(fetch(`${path}/messages`, { method: 'POST', body: '{}', headers: json })),
        timed(fetch(`${path}/cancel`, { method: 'POST' })),
      ]);
      expect(health).toMatchObject({ status: 503, body: { status: 'error' } });
      expect(health.milliseconds).toBeLessThan(3_500);
      for (const answer of answers) {
        expect(answer).toMatchObject({
          status: 503,
          body: { statusCode: 503, code: 'database_unavailable' },
        });
        expect(answer.milliseconds).toBeLessThan(10_500);
      }
      // Repeated, because statements without an answer may occupy all connections.
      const again = await timed(fetch(`${url}/health`));
      expect(again).toMatchObject({ status: 503 });
      expect(again.milliseconds).toBeLessThan(3_500);

      toPostgres.heal();
      // The agent has ended meanwhile; its result was kept.
      expect(await (await polled).json()).toMatchObject({ status: 'idle' });
      // Sweeps continue: a turn without a wake-up is found.
      const forgotten = await load.create();
      await load.send(forgotten, { take_ms: 10 });
      await load.settled(forgotten);
      expect(scenario.notes.filter(({ event }) => event === 'start')).toHaveLength(2);
    },
    CASE_TIME,
  );

  it(
    'by silence for longer than a lease loses no result, and turns of dead workers run again afterwards',
    async () => {
      const { fleet, toPostgres } = scenario;
      const limits = { lease: 2, workers: 4 };
      const victim = await fleet.start(limits);
      const load = scenario.load({ sessions: 0, messages: 0 });
      const session = await load.create();
      await load.send(session, { take_ms: 10, first: { take_ms: 60_000 } });
      await until(() => scenario.notes.length === 1, { what: 'the turn to begin' });
      await fleet.start(limits);
      toPostgres.stall();
      await fleet.kill(victim);
      // Longer than all deadlines of statements and sweeps.
      await sleep(17_000);
      toPostgres.heal();
      const back = Date.now();
      await load.settled(session);
      expect(Date.now() - back).toBeLessThan(15_000);
      await scenario.expectAllWell('PostgreSQL silent for 17 s, a worker dead', {
        recovery: [Date.now() - back],
      });
    },
    CASE_TIME,
  );

  it(
    'by silence does not keep a process from stopping in time, or a long poll from its answer',
    async () => {
      const { fleet, toPostgres } = scenario;
      const shutdownTimeout = 2;
      const server = await fleet.start({ shutdownTimeout, workers: 4 });
      const load = scenario.load({ sessions: 0, messages: 0 });
      const session = await load.create();
      await load.send(session, { take_ms: 60_000 });
      await until(() => scenario.notes.length === 1, { what: 'the turn to begin' });
      const polled = timed(fetch(`${server.url}/sessions/${session}?wait=true`));
      await sleep(500);
      toPostgres.stall();
      const began = performance.now();
      const stopped = server.stop();
      const poll = await polled;
      expect(poll).toMatchObject({ status: 200, body: { status: 'running' } });
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(await stopped).toBe(0);
      expect(performance.now() - began).toBeLessThan(shutdownTimeout * 1_000 + 5_000);
    },
    CASE_TIME,
  );

  it(
    'answers requests with 503 and a code, and /health with 503',
    async () => {
      const { fleet } = scenario;
      const { url } = await fleet.start();
      const load = scenario.load({ sessions: 0, messages: 0 });
      const session = await load.create();
      await site.postgres.stop();

      const path = `${url}/sessions/${session}`;
      const json = { 'content-type': 'application/json' };
      const answers = await Promise.all([
        fetch(`${url}/sessions`),
        fetch(`${url}/sessions`, { method: 'POST' }),
        fetch(path),
        fetch(`${path}?wait=true`),
        fetch(path, { method: 'DELETE' }),
        fetch(`${path}/messages`),
        fetch(`${path}/messages`, { method: 'POST', body: '{}', headers: json }),
        fetch(`${path}/turns`),
        fetch(`${path}/cancel`, { method: 'POST' }),
      ]);
      for (const answer of answers) {
        expect([answer.url, answer.status]).toEqual([answer.url, 503]);
        expect(await answer.json()).toMatchObject({ statusCode: 503, code: 'database_unavailable' });
      }
      const health = await fetch(`${url}/health`);
      expect([health.status, await health.json()]).toMatchObject([503, { status: 'error' }]);
      await site.postgres.start();
    },
    CASE_TIME,
  );
});

/** A response with its body, and its duration in ms. */
async function timed(
  answer: Promise<Response>,
): Promise<{ status: number; body: unknown; milliseconds: number }> {
  const began = performance.now();
  const { status, body } = await answer.then(async (response) => ({
    status: response.status,
    body: await response.json(),
  }));
  return { status, body, milliseconds: performance.now() - began };
}
