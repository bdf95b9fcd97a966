import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';

import { until } from '../support/until.js';
import { hasEnded, type Member } from './fleet.js';
import { seeded } from './load.js';
import { CASE_TIME, SCALE, Scenario, volume } from './scenario.js';
import { RedisSite } from './servers.js';

/** Seconds. */
const LEASE = 1;

describe('a worker that dies or is silent', () => {
  let site: RedisSite;
  let scenario: Scenario;

  beforeAll(async () => {
    site = await RedisSite.create();
  });
  afterAll(() => site.remove());
  beforeEach(async () => {
    scenario = await Scenario.on(site);
  });
  afterEach(() => scenario.remove());

  it(
    'loses nothing when workers are killed repeatedly under load',
    async () => {
      const { fleet } = scenario;
      // Of all processes, because each of them sweeps.
      const limits = { lease: LEASE, maxAttempts: 100 };
      await fleet.start({ role: 'api', ...limits });
      const workers = volume(2, 3);
      await fleet.startWorkers(workers, limits);
      const random = seeded(7);
      const params = (chance: number) => ({ take_ms: Math.round(chance * 600) });

      let kills = 0;
      const loading = async () => {
        // Independent of the machine's speed and of the processes' start times.
        do await scenario.load({ sessions: volume(8, 20), messages: 8 * SCALE, params }).run();
        while (kills < volume(2, 3));
        return true;
      };
      const run = loading();
      const killing = async () => {
        while (!(await Promise.race([run, sleep(1_500, false)]))) {
          const running = fleet.running.filter(({ options }) => options.role === 'worker');
          const victim = running[Math.floor(random() * running.length)] as Member;
          await fleet.kill(victim);
          kills++;
          await fleet.replace(victim);
        }
      };
      await Promise.all([run, killing()]);

      const { turns } = await scenario.expectAllWell(`${workers} workers killed at random under load`, {
        counts: { kills },
      });
      expect(new Set(turns.map(({ status }) => status))).toEqual(new Set(['completed']));
      expect(turns.some(({ attempt }) => attempt > 1)).toBe(true);
    },
    CASE_TIME,
  );

  it(
    'has its turn taken over within two leases, and recorded once',
    async () => {
      const { fleet } = scenario;
      const lease = 4;
      await fleet.start({ role: 'api', lease });
      const load = scenario.load({ sessions: 0, messages: 0 });
      for (let round = 0; round < SCALE; round++) {
        const worker = await fleet.start({ role: 'worker', lease });
        const session = await load.create();
        const { turn } = await load.send(session, { take_ms: 200, first: { take_ms: 60_000 } });
        await until(() => scenario.notes.some((note) => note.turn === turn), { what: 'the turn to begin' });

        const other = await fleet.start({ role: 'worker', lease });
        await fleet.kill(worker);
        const killed = performance.now();
        await load.settled(session);

        expect(performance.now() - killed).toBeLessThan(2 * lease * 1000);
        await fleet.kill(other);
      }
      const { turns } = await scenario.expectAllWell('a worker killed in the middle of a turn');
      expect(turns.map(({ status, attempt }) => [status, attempt])).toEqual(
        turns.map(() => ['completed', 2]),
      );
    },
    CASE_TIME,
  );

  it(
    'can write nothing when it continues after its lease expired',
    async () => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api', lease: LEASE });
      const [worker] = await Promise.all([fleet.start({ role: 'worker', lease: LEASE, workers: 50 })]);
      const load = scenario.load({ sessions: 0, messages: 0 });
      const sessions = await Promise.all(Array.from({ length: 10 * SCALE }, () => load.create()));
      await Promise.all(
        sessions.map((session) => load.send(session, { take_ms: 10, first: { take_ms: 3_000 } })),
      );
      await until(() => scenario.notes.length === sessions.length, { what: 'all turns to begin' });

      worker.process.kill('SIGSTOP');
      await fleet.start({ role: 'worker', lease: LEASE, workers: 50 });
      await Promise.all(sessions.map((session) => load.settled(session)));
      const recorded = await scenario.records();
      worker.process.kill('SIGCONT');
      const refused = () => worker.stdout().match(/nothing is recorded/g)?.length ?? 0;
      await until(() => refused() === sessions.length, { what: 'all late writes to be refused' });

      const records = await scenario.expectAllWell('a worker stopped past its lease, then continued', {
        counts: { refused: refused() },
        frozen: true,
      });
      expect(records).toEqual(recorded);
      expect(records.turns.map(({ attempt }) => attempt)).toEqual(sessions.map(() => 2));
    },
    CASE_TIME,
  );

  it(
    'records one result of a turn that blocks the event loop for longer than the lease',
    async () => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api', lease: LEASE });
      await fleet.start({ role: 'worker', lease: LEASE });
      await fleet.start({ role: 'worker', lease: LEASE });
      const load = scenario.load({ sessions: 0, messages: 0 });
      for (let round = 0; round < SCALE; round++) {
        const session = await load.create();
        await load.send(session, { take_ms: 50, first: { block_ms: 5_000, take_ms: 0 } });
        await load.settled(session);
      }
      // The abandoned run ends, too.
      const ended = () => scenario.notes.filter(({ event }) => event === 'end').length;
      await until(() => ended() === 2 * SCALE, { what: 'all runs to end' });

      const { turns } = await scenario.expectAllWell('the event loop blocked past the lease', {
        frozen: true,
      });
      expect(turns.map(({ status, attempt }) => [status, attempt])).toEqual(
        turns.map(() => ['completed', 2]),
      );
    },
    CASE_TIME,
  );

  it(
    'ends a turn that kills every worker in error, and other turns with success',
    async () => {
      const { fleet } = scenario;
      await fleet.start({ role: 'api', lease: LEASE });
      const workers = [
        await fleet.start({ role: 'worker', lease: LEASE }),
        await fleet.start({ role: 'worker', lease: LEASE }),
      ];
      let serving = true;
      const restarting = workers.map(async (first) => {
        for (let worker = first; serving; worker = await fleet.revive(worker)) {
          await until(() => !serving || worker.process.signalCode !== null, {
            what: 'the worker to die',
            timeoutMs: CASE_TIME,
          });
          if (!serving) return;
          worker.killedAt = Date.now();
        }
      });
      const load = scenario.load({
        sessions: volume(6, 12),
        messages: 3 * SCALE,
        params: () => ({ take_ms: 100 }),
      });
      const poisons = volume(1, 2) * SCALE;
      const poison = scenario.load({ sessions: poisons, messages: 1, params: () => ({ crash: true }) });
      await Promise.all([load.run(), poison.run()]);
      serving = false;
      await Promise.all(restarting);

      const { turns } = await scenario.expectAllWell('a turn that kills its worker each time', {
        counts: { deaths: scenario.notes.filter(({ session }) => poison.sessions.includes(session)).length },
      });
      const poisoned = turns.filter(({ session }) => poison.sessions.includes(session));
      expect(poisoned).toHaveLength(poisons);
      for (const turn of poisoned) {
        expect(turn.status).toBe('failed');
        // A run that was lost to another turn is not charged, and its turn gets another one.
        expect(turn.attempt).toBeGreaterThanOrEqual(3);
        expect(turn.attempt).toBeLessThanOrEqual(9);
        expect(turn.error).toMatch(/worker/);
      }
      const neighbours = turns.filter((turn) => !poisoned.includes(turn));
      expect(neighbours.filter(({ status }) => status !== 'completed')).toEqual([]);
    },
    CASE_TIME,
  );

  it(
    'charges the death of its process to the turn that caused it, and not to the turns beside it',
    async () => {
      const { fleet } = scenario;
      const limits = { lease: LEASE, maxAttempts: 2, workers: 4 };
      await fleet.start({ role: 'api', ...limits });
      let worker = await fleet.start({ role: 'worker', ...limits });
      const load = scenario.load({ sessions: 0, messages: 0 });
      const [poison, neighbour] = [await load.create(), await load.create()];
      const runs = (session: string) =>
        scenario.notes.filter((note) => note.event === 'start' && note.session === session).length;
      await load.send(neighbour, { take_ms: 6_000 });
      await until(() => runs(neighbour) === 1, { what: 'the neighbour to begin' });
      await load.send(poison, { crash: true });
      await until(() => hasEnded(worker), { what: 'the worker to die' });
      worker = await fleet.replace(worker);
      await load.settled(poison);
      await load.settled(neighbour);

      const { turns } = await scenario.expectAllWell('a poison turn at its last run beside a neighbour');
      const of = (session: string) => turns.find((turn) => turn.session === session);
      // On the command line the last run of the poison turn happens in a child process.
      expect(of(poison)).toMatchObject({ status: 'failed', attempt: 2 });
      expect(of(neighbour)).toMatchObject({ status: 'completed', attempt: 2 });
      expect(hasEnded(worker)).toBe(false);
    },
    CASE_TIME,
  );
});
