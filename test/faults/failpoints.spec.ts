import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../support/until.js';
import { CASE_TIME, SCALE, Scenario } from './scenario.js';
import { RedisSite } from './servers.js';

/** Seconds. */
const LEASE = 1;

/**
 * How many runs a turn has in the end if the process with one ended and one running turn dies at an edge of that
 * turn, and how many of them count as lost: a run that began with the acceptance counts once its agent is called.
 */
const EDGES = [
  { edge: 'accepted', runs: 2, lostRuns: 0 },
  { edge: 'claimed', runs: 2, lostRuns: 1 },
  { edge: 'answered', runs: 2, lostRuns: 1 },
  { edge: 'recorded', runs: 1, lostRuns: 0 },
];

describe('a process that dies at the edge of a transaction', () => {
  let site: RedisSite;
  let scenario: Scenario | undefined;

  beforeAll(async () => {
    site = await RedisSite.create();
  });
  afterAll(() => site.remove());
  afterEach(() => scenario?.remove());

  const stacks = [
    { stack: 'PostgreSQL and Redis', begin: () => Scenario.on(site) },
    { stack: 'SQLite', begin: () => Scenario.embedded() },
  ];

  it.each(stacks)(
    'loses and duplicates nothing on $stack',
    async ({ stack, begin }) => {
      const current = await begin();
      scenario = current;
      const { fleet } = current;
      const load = current.load({ sessions: 0, messages: 0 });
      let victim = await fleet.start({ lease: LEASE });
      for (const { edge, runs, lostRuns } of Array.from({ length: SCALE }, () => EDGES).flat()) {
        const session = await load.create();
        const before = await load.send(session);
        await load.settled(session);
        const neighbourSession = await load.create();
        const neighbour = await load.send(neighbourSession, { first: { take_ms: 60_000 } });
        await until(() => current.notes.some(({ turn }) => turn === neighbour.turn), {
          what: 'the neighbour to begin',
        });

        await fleet.arm(victim, edge);
        const atTheEdge = await load.send(session);
        await fleet.death(victim);
        victim = await fleet.start({ lease: LEASE });
        await load.settled(session);
        const after = await load.send(session);
        await load.settled(neighbourSession);
        await load.settled(session);

        const { turns } = await current.records();
        const outcome = (text: string) => {
          const its = turns.filter((turn) => turn.text === text);
          return its.map(({ number, status, attempt, lostRuns: lost }) => [
            edge,
            number,
            status,
            attempt,
            lost,
          ]);
        };
        expect(outcome(before.text)).toEqual([[edge, 1, 'completed', 1, 0]]);
        expect(outcome(neighbour.text)).toEqual([[edge, 1, 'completed', 2, 1]]);
        expect(outcome(atTheEdge.text)).toEqual([[edge, 2, 'completed', runs, lostRuns]]);
        expect(outcome(after.text)).toEqual([[edge, 3, 'completed', 1, 0]]);
        // A process that died before its response has stored the message nevertheless.
        if (edge === 'accepted') expect(atTheEdge.status).toBe(0);
      }

      const deaths = EDGES.length * SCALE;
      const { turns } = await current.expectAllWell(`killed at each edge on ${stack}`, {
        counts: { deaths },
      });
      expect(turns).toHaveLength(4 * deaths);
    },
    CASE_TIME,
  );
});
