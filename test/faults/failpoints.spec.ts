import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../support/until.js';
import { CASE_TIME, SCALE, Scenario } from './scenario.js';
import { RedisSite } from './servers.js';

/** Seconds. */
const LEASE = 1;

/**
 * When a process with one ended turn and one running turn comes by an edge with its next turn, and how many runs
 * that turn has in the end if the process dies there, and how many of them count as lost: a run that began with the
 * acceptance counts once its agent is called.
 */
const EDGES = [
  { edge: 'accepted', pass: 3, runs: 2, lostRuns: 0 },
  { edge: 'claimed', pass: 3, runs: 2, lostRuns: 1 },
  { edge: 'answered', pass: 2, runs: 2, lostRuns: 1 },
  { edge: 'recorded', pass: 2, runs: 1, lostRuns: 0 },
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

  it.each(stacks.flatMap((stack) => EDGES.map((edge) => ({ ...stack, ...edge }))))(
    '“$edge” loses and duplicates nothing on $stack',
    async ({ stack, begin, edge, pass, runs, lostRuns }) => {
      const current = await begin();
      scenario = current;
      const { fleet } = current;
      const load = current.load({ sessions: 0, messages: 0 });
      for (let round = 1; round <= SCALE; round++) {
        await Promise.all(fleet.running.map((survivor) => fleet.kill(survivor)));
        const victim = await fleet.start({ lease: LEASE, failpoint: `${edge}:${pass}` });
        const session = await load.create();
        const before = await load.send(session);
        await load.settled(session);
        const neighbourSession = await load.create();
        const neighbour = await load.send(neighbourSession, { first: { take_ms: 60_000 } });
        await until(() => current.notes.some(({ turn }) => turn === neighbour.turn), {
          what: 'the neighbour to begin',
        });

        const atTheEdge = await load.send(session);
        await fleet.death(victim);
        await fleet.start({ lease: LEASE });
        await load.settled(session);
        const after = await load.send(session);
        await load.settled(neighbourSession);
        await load.settled(session);

        const { turns } = await current.records();
        const outcome = (text: string) => {
          const its = turns.filter((turn) => turn.text === text);
          return its.map((turn) => ({
            number: turn.number,
            status: turn.status,
            attempt: turn.attempt,
            lostRuns: turn.lostRuns,
          }));
        };
        expect(outcome(before.text)).toEqual([{ number: 1, status: 'completed', attempt: 1, lostRuns: 0 }]);
        expect(outcome(neighbour.text)).toEqual([
          { number: 1, status: 'completed', attempt: 2, lostRuns: 1 },
        ]);
        expect(outcome(atTheEdge.text)).toEqual([
          { number: 2, status: 'completed', attempt: runs, lostRuns },
        ]);
        expect(outcome(after.text)).toEqual([{ number: 3, status: 'completed', attempt: 1, lostRuns: 0 }]);
        // A process that died before its response has stored the message nevertheless.
        if (edge === 'accepted') expect(atTheEdge.status).toBe(0);
      }

      const { turns } = await current.expectAllWell(`killed at "${edge}" on ${stack}`, {
        counts: { deaths: SCALE },
      });
      expect(turns).toHaveLength(4 * SCALE);
    },
    CASE_TIME,
  );
});
