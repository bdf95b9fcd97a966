import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../support/until.js';
import { hasEnded } from './fleet.js';
import { CASE_TIME, SCALE, Scenario, Site } from './scenario.js';

describe('a PostgreSQL that is lost', () => {
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
    'and comes back again and again loses nothing, with $settings',
    async ({ settings, lease }) => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api', lease });
      await Promise.all([fleet.start({ role: 'worker', lease }), fleet.start({ role: 'worker', lease })]);
      const load = scenario.load({
        sessions: 20,
        messages: 1_000,
        params: (chance) => ({ take_ms: Math.round(chance * 800) }),
      });
      const run = load.run();
      const recovery: number[] = [];
      for (let round = 0; round < 3 * SCALE; round++) {
        await until(() => load.log.filter(({ turn }) => turn).length > round * 30, { what: 'messages' });
        await site.postgres.stop();
        await sleep(1_500);
        const back = Date.now();
        await site.postgres.start();
        const accepted = () => load.log.find(({ at, turn }) => turn !== undefined && at > back);
        await until(accepted, { what: 'a message to be accepted again' });
        recovery.push(Date.now() - back);
      }
      load.stop();
      await run;

      expect(load.log.some(({ status }) => status === 503)).toBe(true);
      expect(fleet.members.filter(hasEnded)).toEqual([]);
      const { turns } = await scenario.expectAllWell(`PostgreSQL stopped and started, ${settings}`, {
        counts: { outages: 3 * SCALE },
        recovery,
        // An agent goes on while its worker cannot reach the database, and may end after its lease.
        frozen: lease !== undefined,
      });
      expect(turns.filter(({ status }) => status !== 'completed')).toEqual([]);
    },
    CASE_TIME,
  );

  it(
    'while nobody talks does not end idle processes, nor fail what a client asks later',
    async () => {
      const { fleet } = scenario;
      const server = await fleet.start();
      const load = scenario.load({ sessions: 5, messages: 2 });
      await load.run();
      await site.postgres.restart();
      await sleep(1_500);
      const later = scenario.load({ sessions: 5, messages: 2 });
      await later.run();

      // Connections that broke while they were idle are not handed out.
      expect(later.log.filter(({ status }) => status !== 202)).toEqual([]);
      expect(hasEnded(server)).toBe(false);
      await scenario.expectAllWell('PostgreSQL restarted while all is idle');
    },
    CASE_TIME,
  );

  it(
    'silently makes requests fail in time, and hurts nothing',
    async () => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api' });
      await fleet.start({ role: 'worker' });
      const load = scenario.load({
        sessions: 30,
        messages: 1_000,
        params: () => ({ take_ms: 200 }),
      });
      const run = load.run();
      await until(() => load.log.length > 40, { what: 'messages to be answered' });
      scenario.toPostgres?.stall();
      await sleep(4_000);
      scenario.toPostgres?.heal();
      const back = Date.now();
      const accepted = () => load.log.filter(({ at, turn }) => turn !== undefined && at > back).length > 40;
      await until(accepted, { what: 'messages to be accepted again' });
      const recovery = [Date.now() - back];
      load.stop();
      await run;

      expect(fleet.members.filter(hasEnded)).toEqual([]);
      await scenario.expectAllWell('PostgreSQL silent for 4 s', { recovery });
    },
    CASE_TIME,
  );

  it(
    'answers what a client asks with 503 and a code, and /health with 503',
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
