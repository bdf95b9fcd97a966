import fc from 'fast-check';

/** What a generated agent does, one after the other. */
export type Program = Action[];

export type Action =
  /** A step that takes a few ticks and returns a text, or throws. */
  | { do: 'step'; name: string; ticks: number; throws: boolean; onUnknown: 'retry' | 'ask' }
  /** A question, under its own key or without one. */
  | { do: 'ask'; hasKey: boolean }
  | { do: 'loop'; times: number; body: Program }
  | { do: 'parallel'; branches: Program[] };

/** How an action is carried out at its place in a run, which no other action has. */
export interface Interpreter {
  step: (action: Action & { do: 'step' }, place: string, scope: string) => Promise<unknown>;
  ask: (action: Action & { do: 'ask' }, place: string, scope: string) => Promise<unknown>;
}

/**
 * Carries out a program; resolves with the results of its actions. `scope` is the branch: the same names come in the
 * same order there in every run, which is what replay asks of an agent.
 */
export async function interpret(
  program: Program,
  by: Interpreter,
  place = '',
  scope = '',
): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const [index, action] of program.entries()) {
    const here = `${place}/${index}`;
    switch (action.do) {
      case 'step':
        results.push(await by.step(action, here, scope));
        break;
      case 'ask':
        results.push(await by.ask(action, here, scope));
        break;
      case 'loop':
        for (let time = 0; time < action.times; time++) {
          results.push(await interpret(action.body, by, `${here}:${time}`, scope));
        }
        break;
      case 'parallel':
        results.push(
          await Promise.all(
            action.branches.map((branch, number) =>
              interpret(branch, by, `${here}|${number}`, `${scope}${here}|${number}`.replaceAll(/:\d+/g, '')),
            ),
          ),
        );
    }
  }
  return results;
}

const { program } = fc.letrec<{ program: Program; action: Action }>((tie) => ({
  program: fc.array(tie('action'), { minLength: 1, maxLength: 3 }),
  action: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.record({
      do: fc.constant('step' as const),
      name: fc.constantFrom('a', 'b'),
      ticks: fc.nat({ max: 3 }),
      throws: fc.boolean(),
      onUnknown: fc.constantFrom('retry' as const, 'ask' as const),
    }),
    fc.record({ do: fc.constant('ask' as const), hasKey: fc.boolean() }),
    fc.record({
      do: fc.constant('loop' as const),
      times: fc.integer({ min: 1, max: 3 }),
      body: tie('program'),
    }),
    fc.record({
      do: fc.constant('parallel' as const),
      branches: fc.array(tie('program'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

/** Programs that do and ask something, and not too much of it. */
export const programs: fc.Arbitrary<Program> = program.filter((one) => {
  const { steps, questions } = sizeOf(one);
  return steps > 0 && steps <= 20 && questions <= 8;
});

/** How many steps and questions it has in one run. */
function sizeOf(program: Program): { steps: number; questions: number } {
  const total = { steps: 0, questions: 0 };
  const add = (parts: Program[], times = 1) => {
    for (const { steps, questions } of parts.map(sizeOf)) {
      total.steps += times * steps;
      total.questions += times * questions;
    }
  };
  for (const action of program) {
    if (action.do === 'step') total.steps++;
    else if (action.do === 'ask') total.questions++;
    else if (action.do === 'loop') add([action.body], action.times);
    else add(action.branches);
  }
  return total;
}
