import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../support/until.js';
import { type Member } from './fleet.js';
import { type AgentParams, type Load } from './load.js';
import { CASE_TIME, Scenario } from './scenario.js';
import { RedisSite } from './servers.js';

describe('processes with different roles', () => {
  let site: RedisSite;

  beforeAll(async () => {
    site = await RedisSite.create();
  });
  afterAll(() => site.remove());

  describe('answer a long poll in one when the turn ends in another', () => {
    let scenario: Scenario;
    let members: Member[];
    let load: Load;

    beforeAll(async () => {
      scenario = await Scenario.on(site);
      const { fleet } = scenario;
      members = await Promise.all([
        fleet.start({ role: 'api' }),
        fleet.start({ role: 'api' }),
        fleet.start({ role: 'worker' }),
      ]);
      load = scenario.load({ sessions: 0, messages: 0 });
    });
    afterEach(async () => {
      scenario.toRedis.heal();
      for (const { url } of members) {
        const health = async () => (await fetch(`${url}/health`)).text();
        await until(async () => !(await health()).includes('redis'), { what: 'Redis to be found' });
      }
    });
    afterAll(() => scenario.remove());

    it.each([
      { redis: 'up', bound: 500 },
      // Without notifications the waiting processes read again every two seconds.
      { redis: 'silent', bound: 3_000 },
    ])(
      'with Redis $redis',
      async ({ redis, bound }) => {
        const [api, otherApi] = members.map(({ url }) => url);
        const session = await runningTurn(scenario, load, { take_ms: 2_500 }, api);
        const poll = fetch(`${otherApi ?? ''}/sessions/${session}?wait=true`);
        if (redis === 'silent') scenario.toRedis.stall();
        const answer = (await (await poll).json()) as object;
        const answered = Date.now();

        expect(answer).toMatchObject({ status: 'idle' });
        const turn = (await scenario.records()).turns.find((each) => each.session === session);
        expect(answered - (turn?.endedAt ?? 0)).toBeLessThan(bound);
        await scenario.expectAllWell(`long poll across processes, Redis ${redis}`, {
          recovery: [answered - (turn?.endedAt ?? 0)],
        });
      },
      CASE_TIME,
    );
  });

  it(
    'abort the agent in one when another cancels its turn or deletes its session',
    async () => {
      const scenario = await Scenario.on(site);
      try {
        const { fleet } = scenario;
        const [api, worker] = await Promise.all([
          fleet.start({ role: 'api' }),
          fleet.start({ role: 'worker' }),
        ]);
        const load = scenario.load({ sessions: 0, messages: 0 });
        const cancelled = await runningTurn(scenario, load, { take_ms: 60_000 });
        const deleted = await runningTurn(scenario, load, { take_ms: 60_000 });
        const asked = Date.now();
        const cancel = await fetch(`${api.url}/sessions/${cancelled}/cancel`, { method: 'POST' });
        const remove = await fetch(`${api.url}/sessions/${deleted}`, { method: 'DELETE' });

        expect([cancel.status, remove.status]).toEqual([202, 204]);
        const cutOff = () => scenario.notes.filter(({ event }) => event === 'cut off');
        await until(() => cutOff().length === 2, { what: 'both runs to be cut off' });
        expect(cutOff().map(({ session }) => session)).toEqual(expect.arrayContaining([cancelled, deleted]));
        expect(Math.max(...cutOff().map(({ at }) => at - asked))).toBeLessThan(1_000);

        const { sessions, turns } = await scenario.records();
        expect(sessions).toMatchObject([{ id: cancelled, status: 'error', messageCount: 0 }]);
        expect(turns).toMatchObject([{ session: cancelled, status: 'cancelled', error: 'Turn cancelled' }]);
        expect(worker.process.exitCode).toBeNull();
      } finally {
        await scenario.remove();
      }
    },
    CASE_TIME,
  );
});

async function runningTurn(
  scenario: Scenario,
  load: Load,
  params: AgentParams,
  url?: string,
): Promise<string> {
  const session = await load.create();
  const { turn } = await load.send(session, params, url);
  await until(() => scenario.notes.some((note) => note.turn === turn), { what: 'the turn to begin' });
  return session;
}
