import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../support/until.js';
import { hasEnded } from './fleet.js';
import { CASE_TIME, SCALE, Scenario, Site } from './scenario.js';

/** Seconds. */
const LEASE = 1;

const EDGES = ['accepted', 'claimed', 'answered', 'recorded'] as const;

describe('a process that dies at the edge of a transaction', () => {
  let site: Site;
  let scenario: Scenario | undefined;

  beforeAll(async () => {
    site = await Site.create();
  });
  afterAll(() => site.remove());
  afterEach(() => scenario?.remove());

  const stacks = [
    { stack: 'PostgreSQL and Redis', begin: () => Scenario.on(site) },
    { stack: 'SQLite', begin: () => Scenario.embedded() },
  ];

  it.each(stacks.flatMap((stack) => EDGES.map((edge) => ({ ...stack, edge }))))(
    '“$edge” loses and doubles nothing on $stack',
    async ({ stack, begin, edge }) => {
      scenario = await begin();
      const { fleet } = scenario;
      const load = scenario.load({ sessions: 0, messages: 0 });
      // The edge is passed once for each message: the process dies at the second.
      let server = await fleet.start({ lease: LEASE, failpoint: `${edge}:2` });
      for (let round = 1; ; round++) {
        const sessions = [await load.create(), await load.create(), await load.create()];
        const victim = server;
        for (const session of sessions) await load.send(session, { take_ms: 100 });
        await until(() => hasEnded(victim), { what: `the process to die at "${edge}"` });
        victim.killedAt = Date.now();
        if (round === SCALE) break;
        server = await fleet.start({ ...victim.options });
        await scenario.quiet();
      }
      await fleet.start({ lease: LEASE });

      const { turns } = await scenario.expectAllWell(`killed at "${edge}" on ${stack}`, {
        counts: { deaths: SCALE },
      });
      expect(turns.every(({ status }) => status === 'completed')).toBe(true);
      // Who died before it could answer may have stored the message all the same.
      expect(scenario.sendings.some(({ status }) => status === 0)).toBe(edge === 'accepted');
      const runs = { accepted: 1, claimed: 2, answered: 2, recorded: 1 }[edge];
      expect(Math.max(...turns.map(({ attempt }) => attempt))).toBe(runs);
    },
    CASE_TIME,
  );
});
