import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { until } from '../support/until.js';
import { CASE_TIME, SCALE, Scenario, type StepEffect } from './scenario.js';
import { RedisSite } from './servers.js';

/** Seconds. */
const LEASE = 1;

const ON_UNKNOWN = ['retry', 'fail', 'ask'] as const;

describe('a turn that charges in a step, asks a person and ships in a step', () => {
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
    'does each of them once on $stack, wherever its process is killed',
    async ({ stack, begin }) => {
      const current = await begin();
      scenario = current;
      const { fleet } = current;
      const load = current.load({ sessions: 0, messages: 0 });
      /** The effects in one session, in their order. */
      const effects = (session: string): StepEffect[] =>
        current.effects.filter((effect) => effect.session === session);
      const steps = (session: string) => effects(session).map(({ step }) => step);

      for (let round = 0; round < SCALE; round++) {
        await Promise.all(fleet.running.map((survivor) => fleet.kill(survivor)));
        const afterCharge = await fleet.start({ lease: LEASE, failpoint: 'recorded_step:1' });
        const order = await load.create();
        await load.send(order, { order: {} });
        await fleet.death(afterCharge);

        const whileWaitingAndInsideSteps = await fleet.start({ lease: LEASE });
        const asked = await load.question(order);
        const [retried, failed, judged] = await Promise.all(ON_UNKNOWN.map(() => load.create()));
        if (!retried || !failed || !judged) throw new Error('There are not three sessions');
        for (const [index, session] of [retried, failed, judged].entries()) {
          await load.send(session, { order: { onUnknown: ON_UNKNOWN[index] }, first: { hang: true } });
          await until(() => steps(session).length === 1, { what: 'the step to begin' });
        }
        await fleet.kill(whileWaitingAndInsideSteps);

        const afterAnswer = await fleet.start({ lease: LEASE });
        expect(await load.question(order)).toEqual(asked);
        const unknown = await load.question(judged);
        expect(unknown.type).toBe('step_unknown');
        expect(await load.resume(judged, unknown, { outcome: 'done', result: { paid: 17 } })).toBe(200);
        for (const session of [retried, judged]) {
          expect(await load.resume(session, await load.question(session), 'yes')).toBe(200);
          await load.settled(session);
        }
        expect(steps(judged)).toEqual(['charge', 'ship']);
        expect(steps(failed)).toEqual(['charge']);
        expect(steps(retried)).toEqual(['charge', 'charge', 'ship']);
        // By its key, the other side can drop the repetition.
        const [first, second] = effects(retried).map(({ idempotencyKey }) => idempotencyKey);
        expect(second).toBe(first);
        const outcomes = (await current.records()).turns.filter(({ session }) => session === failed);
        expect(outcomes).toMatchObject([
          { status: 'failed', error: expect.stringContaining('the step "charge"'), attempt: 2 },
        ]);

        await fleet.arm(afterAnswer, 'resumed');
        expect(await load.resume(order, asked, 'yes')).toBe(0);
        await fleet.death(afterAnswer);
        await fleet.startToDie({ lease: LEASE, failpoint: 'recorded_step:1' });
        await fleet.start({ lease: LEASE });
        // The answer was stored before its process died: a repetition changes nothing.
        expect(await load.resume(order, asked, 'no')).toBe(409);
        await load.settled(order);
        expect(steps(order)).toEqual(['charge', 'ship']);
      }

      const { turns } = await current.expectAllWell(`killed in, between and after steps on ${stack}`, {
        counts: { deaths: 4 * SCALE },
      });
      expect(turns).toHaveLength(4 * SCALE);
      expect(turns.filter(({ status }) => status === 'completed')).toHaveLength(3 * SCALE);
    },
    CASE_TIME,
  );
});
