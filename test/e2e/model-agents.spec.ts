import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { SessionInterrupt } from '../../src/index.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { expressStacks } from '../support/stacks.js';
import { ModelHost } from './model-host.js';
import { type Program, programs } from './model-programs.js';
import { expectedTexts, type Loss, placeOf, textsOf, Trial, withoutNonce } from './model-trial.js';

const SCALE = Number(process.env.FAULTS_SCALE ?? 1);

/** Fewer where they take longer than the time limit. Most runs are part of `npm run faults`. */
const RUNS = Math.ceil(10 * SCALE ** 2);
const TIME_LIMIT = 25_000 * SCALE;

/** The result that a person gives of a step whose outcome is not known. */
const BY_HAND = 'by hand';

/** What a client does when a turn waits. */
interface Move {
  /** Which of the pending questions is answered. */
  pick: number;
  /** Whether all of them are, at the same time. */
  all: boolean;
  /** Whether a step with an unknown outcome is run again. */
  retry: boolean;
  restart: 'before' | 'after' | 'never';
}

const moves = fc.array(
  fc.record({
    pick: fc.nat({ max: 7 }),
    all: fc.boolean(),
    retry: fc.boolean(),
    restart: fc.constantFrom('never', 'never', 'never', 'never', 'never', 'never', 'before', 'after'),
  }),
  { minLength: 1, maxLength: 8 },
) as fc.Arbitrary<Move[]>;

const losses = fc.array(
  fc.tuple(
    fc.nat({ max: 40 }),
    fc.constantFrom<Loss[]>('taken over', 'taken over', 'taken over', 'taken over', 'stopped'),
  ),
  { maxLength: 5 },
);

describe.each(expressStacks)('generated agents on $name', (stack) => {
  const agent = new ScriptedAgent();
  let host: ModelHost;
  beforeAll(async () => {
    host = new ModelHost(stack, await stack.createDatabase(), agent);
  });
  afterAll(() => host.remove());

  /** Answers the questions of a session until its turn has ended. */
  async function answerAll(id: string, given: Move[]): Promise<string> {
    for (let count = 0; ; count++) {
      const { interrupts, response, error } = await host.settled(id);
      if (!interrupts) return response?.content ?? `error: ${error}`;
      const move = given[count % given.length];
      if (!move) throw new Error('There are no moves');
      if (move.restart === 'before') await host.restart();
      const one = interrupts[move.pick % interrupts.length];
      const asked = move.all || !one ? interrupts : [one];
      const { client } = await host.app;
      const answers = await Promise.all(
        asked.map(({ interrupt_id, ...question }) =>
          client.resume(id, { interrupt_id, value: answerTo(question, move) }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(asked.map(() => 200));
      if (move.restart === 'after') await host.restart();
    }
  }

  async function tryOut(program: Program, lost: ReadonlyMap<number, Loss>, given: Move[]): Promise<void> {
    const trial = new Trial(host, program, lost);
    const { client } = await host.app;
    const id = await client.newSession();
    await client.send(
      id,
      agent.does((turn) => trial.run(turn)),
    );
    const answer = await answerAll(id, given);
    const expected = await expectedTexts(program);
    expect(answer).toMatch(/^\[/);
    const texts = textsOf(answer);
    expect(texts.map((text, index) => (text === BY_HAND ? expected[index] : withoutNonce(text)))).toEqual(
      expected,
    );
    // A step has one result in all runs, which the agent has answered with.
    for (const [place, its] of trial.results) {
      expect([place, its.size]).toEqual([place, 1]);
      for (const result of its) expect(texts).toContain(result);
    }
    // Only what a run did that was lost may be done again.
    for (const [place, count] of trial.repetitions) expect([place, count]).toEqual([place, 1]);
    await expectOnce(id, trial);
  }

  /** Each effect is recorded once, and not repeated once it is recorded. */
  async function expectOnce(id: string, trial: Trial): Promise<void> {
    const { dataSource, client } = await host.app;
    const rows = await dataSource.query<{ outcome: string; attempt: number }[]>(
      `SELECT s.outcome, s.attempt FROM agent_step s JOIN agent_turn t ON t.id = s.turn_id WHERE t.session_id = '${id}'`,
    );
    expect(rows).toHaveLength(trial.results.size);
    for (const { outcome, attempt } of rows) {
      const place = placeOf(outcome);
      const later = trial.effects.filter((effect) => effect.place === place && effect.attempt > attempt);
      expect([place, later]).toEqual([place, []]);
    }
    await client.delete(id);
  }

  it(
    'have each effect once, each answer at its question, and the result that they have without a loss',
    async () => {
      await fc.assert(
        fc.asyncProperty(programs, losses, moves, (program, lost, given) =>
          tryOut(program, new Map(lost), given),
        ),
        { numRuns: RUNS, interruptAfterTimeLimit: TIME_LIMIT },
      );
    },
    2 * TIME_LIMIT,
  );
});

function answerTo({ type, payload }: Omit<SessionInterrupt, 'interrupt_id'>, { retry }: Move): unknown {
  if (type !== 'step_unknown') return `answer to ${String(payload.place)}`;
  return retry ? { outcome: 'retry' } : { outcome: 'done', result: BY_HAND };
}
