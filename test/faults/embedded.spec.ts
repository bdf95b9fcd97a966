import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../support/until.js';
import { CASE_TIME, SCALE, Scenario, volume } from './scenario.js';

/** Seconds. */
const LEASE = 1;

describe('an embedded server', () => {
  let scenario: Scenario;

  beforeEach(async () => {
    scenario = await Scenario.embedded();
  });
  afterEach(() => scenario.remove());

  /** Number of runs that have ended. */
  function endings(): number {
    return scenario.notes.filter(({ event }) => event === 'end').length;
  }

  it(
    'that is killed and restarted in the same folder keeps every acknowledged message',
    async () => {
      const { fleet } = scenario;
      const kills = volume(2, 3) * SCALE;
      let server = await fleet.start({ lease: LEASE, maxAttempts: 100 });
      const load = scenario.load({
        sessions: volume(8, 12),
        messages: 8 * SCALE,
        params: (chance) => ({ take_ms: Math.round(chance * 600) }),
      });

      const run = load.run();
      for (let kill = 0; kill < kills; kill++) {
        // Each process finishes some turns, regardless of the time to start and take over.
        const before = endings();
        await until(() => endings() >= before + 10, {
          what: 'turns to end between two kills',
          timeoutMs: 30_000,
        });
        await fleet.kill(server);
        server = await fleet.replace(server);
      }
      await run;

      const { turns } = await scenario.expectAllWell('embedded: killed and started again under load', {
        counts: { kills },
      });
      expect(new Set(turns.map(({ status }) => status))).toEqual(new Set(['completed']));
      expect(turns.some(({ attempt }) => attempt > 1)).toBe(true);
    },
    CASE_TIME,
  );

  it(
    'resumes its turns without any request, with the default settings of the command line',
    async () => {
      const { fleet } = scenario;
      const server = await fleet.start();
      const load = scenario.load({ sessions: 0, messages: 0 });
      const create = () => Promise.all(Array.from({ length: 10 }, () => load.create()));
      const [running, queued] = [await create(), await create()];
      await Promise.all(
        running.map((session) => load.send(session, { take_ms: 100, first: { take_ms: 60_000 } })),
      );
      await until(() => scenario.notes.length === running.length, { what: 'all places to be taken' });
      await Promise.all(queued.map((session) => load.send(session, { take_ms: 100 })));
      await fleet.kill(server);
      await fleet.replace(server);
      // Turns that were running are taken over after the lease of 15 s.
      await scenario.quiet(45_000);

      const { turns } = await scenario.expectAllWell('embedded: killed with 10 turns running and 10 queued');
      expect(turns).toHaveLength(20);
      for (const { session, status, attempt } of turns) {
        expect({ status, attempt }).toEqual({
          status: 'completed',
          attempt: running.includes(session) ? 2 : 1,
        });
      }
    },
    CASE_TIME,
  );

  it(
    'ends a turn that kills it each time in error, and other turns with success',
    async () => {
      const { fleet } = scenario;
      let server = await fleet.start({ lease: LEASE });
      const load = scenario.load({ sessions: 6, messages: 2, params: () => ({ take_ms: 100 }) });
      const poison = scenario.load({ sessions: 1, messages: 1, params: () => ({ crash: true }) });

      const run = Promise.all([load.run(), poison.run()]).then(() => true);
      while (!(await Promise.race([run, sleep(100, false)]))) {
        if (server.process.signalCode === null) continue;
        server.killedAt = Date.now();
        server = await fleet.revive(server);
      }

      // A run of that turn has a start and no end.
      const deaths = scenario.notes.filter(({ session }) => poison.sessions.includes(session)).length;
      const { turns } = await scenario.expectAllWell('embedded: a turn that kills the server each time', {
        counts: { deaths },
      });
      const [poisoned] = turns.filter(({ session }) => poison.sessions.includes(session));
      expect(poisoned).toMatchObject({ status: 'failed', attempt: 3 });
      expect(deaths).toBe(3);
      const neighbours = turns.filter((turn) => turn !== poisoned);
      expect(new Set(neighbours.map(({ status }) => status))).toEqual(new Set(['completed']));
    },
    CASE_TIME,
  );
});
