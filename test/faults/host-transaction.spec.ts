import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../support/until.js';
import { hasEnded } from './fleet.js';
import { CASE_TIME, SCALE, Scenario, volume } from './scenario.js';
import { RedisSite } from './servers.js';

/** Seconds. */
const LEASE = 1;

/** Between two orders of a client, who would else take up the processor. */
const PAUSE_MS = 50;

const MOMENTS = ['before-commit', 'after-commit'];

describe('an order and its message in one transaction of the host', () => {
  let site: RedisSite;
  let scenario: Scenario | undefined;

  beforeAll(async () => {
    site = await RedisSite.create();
  });
  afterAll(() => site.remove());
  afterEach(() => scenario?.remove());

  const stacks = [
    { stack: 'PostgreSQL and Redis', begin: () => Scenario.on(site), isShared: true, clients: 4 },
    // TypeORM would nest transactions that several clients open on SQLite's one connection.
    { stack: 'SQLite', begin: () => Scenario.embedded(), isShared: false, clients: 1 },
  ];

  /** The response status; 0 without a response. */
  async function order(url: string, session: string, item: string, dies = ''): Promise<number> {
    const answer = fetch(`${url}/orders/${session}/${item}?dies=${dies}`, { method: 'POST' });
    return answer.then(
      ({ status }) => status,
      () => 0,
    );
  }

  async function ordersAt(url: string): Promise<string[]> {
    return (await (await fetch(`${url}/orders`)).json()) as string[];
  }

  it.each(stacks)(
    'are both committed or both rolled back if the process dies right before or after the commit, on $stack',
    async ({ stack, begin, isShared }) => {
      const current = await begin();
      scenario = current;
      const { fleet } = current;
      const load = current.load({ sessions: 0, messages: 0 });
      let victim = await fleet.start({ lease: LEASE });
      for (const [round, moment] of Array.from({ length: SCALE }, () => MOMENTS)
        .flat()
        .entries()) {
        const isCommitted = moment === 'after-commit';
        const item = `order-${round}`;
        const other = isShared ? await fleet.start({ lease: LEASE }) : undefined;
        const session = await load.create();
        expect(await order(victim.url, session, item, moment)).toBe(0);
        await until(() => hasEnded(victim), { what: `the process to die ${moment}` });
        victim.killedAt = Date.now();

        const survivor = other ?? (await fleet.start({ lease: LEASE }));
        if (!isCommitted) {
          const answer = await fetch(`${survivor.url}/sessions/${session}`);
          expect(await answer.json()).toMatchObject({ status: 'idle', response: null });
        }
        await load.settled(session);
        const next = await load.send(session);
        expect(next.status).toBe(202);
        await load.settled(session);

        expect((await ordersAt(survivor.url)).includes(item)).toBe(isCommitted);
        const { turns } = await current.records();
        const its = turns.filter((turn) => turn.session === session);
        expect(its.map(({ text, status, attempt }) => ({ text, status, attempt }))).toEqual([
          ...(isCommitted ? [{ text: item, status: 'completed', attempt: 1 }] : []),
          { text: next.text, status: 'completed', attempt: 1 },
        ]);
        victim = survivor;
      }
      await current.expectAllWell(`an order: killed before and after the commit on ${stack}`, {
        counts: { deaths: 2 * SCALE },
      });
    },
    CASE_TIME,
  );

  it.each(stacks)(
    'are both committed or both rolled back if processes are killed at random times, on $stack',
    async ({ stack, begin, isShared, clients }) => {
      const current = await begin();
      scenario = current;
      const { fleet } = current;
      const load = current.load({ sessions: 0, messages: 0 });
      for (let count = isShared ? 2 : 1; count > 0; count--) await fleet.start({ lease: LEASE });
      const answered = new Set<string>();
      let isOver = false;
      const clientsRun = Promise.all(
        Array.from({ length: clients }, async (_, client) => {
          const session = await load.create();
          for (let number = 0; !isOver; number++) {
            const url = fleet.urls[number % fleet.urls.length];
            if (url === undefined) await until(() => fleet.urls[0], { what: 'a server' });
            else if ((await order(url, session, `order-${client}-${number}`)) === 201) {
              answered.add(`order-${client}-${number}`);
              await load.settled(session);
              await sleep(PAUSE_MS);
            }
          }
        }),
      );
      const kills = volume(2, 3) * SCALE;
      for (let kill = 0; kill < kills; kill++) {
        const before = answered.size;
        await until(() => answered.size >= before + 5, { what: 'orders between two kills' });
        const [victim] = fleet.running;
        if (!victim) throw new Error('No process is left to kill');
        await fleet.kill(victim);
        await fleet.replace(victim);
      }
      isOver = true;
      await clientsRun;

      const { turns } = await current.expectAllWell(`orders: killed at any time on ${stack}`, {
        counts: { kills },
      });
      const [url = ''] = fleet.urls;
      const orders = await ordersAt(url);
      expect(turns.map(({ text }) => text).sort()).toEqual(orders.sort());
      expect(orders).toEqual(expect.arrayContaining([...answered]));
    },
    CASE_TIME,
  );
});
