import { setImmediate as tick } from 'node:timers/promises';

import type { Turn } from '../../src/index.js';
import type { ModelHost } from './model-host.js';
import { interpret, type Program } from './model-programs.js';

/** How a run is lost: its turn is given to another run while it goes on, or its process stops. */
export type Loss = 'taken over' | 'stopped';

/** An effect of a step, which nothing undoes. */
interface Effect {
  place: string;
  attempt: number;
}

/** The runs of one turn of a generated agent, of which some are lost on the way. */
export class Trial {
  readonly effects: Effect[] = [];
  /** By place: all results that steps have had, in any run. */
  readonly results = new Map<string, Set<string>>();
  private readonly lost = new Set<number>();
  private latest = 0;
  private passes = 0;
  private nonce = 0;

  constructor(
    private readonly host: ModelHost,
    private readonly program: Program,
    /** By the number of the point in a run, counted over all runs. */
    private readonly losses: ReadonlyMap<number, Loss>,
  ) {}

  /** The agent. */
  async run(turn: Turn): Promise<string> {
    turn.signal.addEventListener('abort', () => {
      if ((turn.signal.reason as Error).cause !== 'interrupted') this.lost.add(turn.attempt);
    });
    const results = await interpret(this.program, {
      step: async ({ name, ticks, throws, onUnknown }, place, scope) => {
        const result = await caught(
          turn.step(`${name}${scope}`, () => this.effect(turn, place, { ticks, throws }), { onUnknown }),
        );
        // What a step returns or throws in a run that is over is not its result.
        if (!turn.signal.aborted && !this.lost.has(turn.attempt))
          this.results.set(place, (this.results.get(place) ?? new Set()).add(result));
        await this.pass(turn);
        return result;
      },
      ask: async ({ hasKey }, place, scope) => {
        const payload = { type: `ask${scope}`, place };
        const answer = await caught(turn.interrupt<string>(payload, hasKey ? { key: place } : {}));
        await this.pass(turn);
        return answer;
      },
    });
    return JSON.stringify(results);
  }

  /** The number of effects at each place in runs that were not lost. */
  get repetitions(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { place, attempt } of this.effects) {
      if (!this.lost.has(attempt)) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    return counts;
  }

  private async effect(
    turn: Turn,
    place: string,
    { ticks, throws }: { ticks: number; throws: boolean },
  ): Promise<string> {
    for (let count = 0; count < ticks; count++) await tick();
    await this.pass(turn);
    this.effects.push({ place, attempt: turn.attempt });
    await this.pass(turn);
    const result = resultOf(place, ++this.nonce);
    if (throws) throw new Error(result);
    return result;
  }

  /** A point at which the run may be lost. */
  private async pass(turn: Turn): Promise<void> {
    if (turn.attempt < this.latest || this.lost.has(turn.attempt)) return;
    this.latest = turn.attempt;
    const loss = this.losses.get(this.passes++);
    if (!loss) return;
    this.lost.add(turn.attempt);
    await this.host.lose(turn, loss);
  }
}

/** The result of a step; the nonce differs each time. */
function resultOf(place: string, nonce: number): string {
  return `did ${place} #${nonce}`;
}

/** The result, or what was thrown, also by a suspension, which such an agent does not notice. */
async function caught(result: Promise<string>): Promise<string> {
  try {
    return await result;
  } catch (error) {
    return `threw ${(error as Error).message}`;
  }
}

/** The place in a result of a step. */
export function placeOf(result: string): string | undefined {
  return /did (\S+) #/.exec(result)?.[1];
}

/** What the agent has answered, one text for each action. */
export function textsOf(answer: string): string[] {
  return (JSON.parse(answer) as unknown[]).flat(Infinity) as string[];
}

export function withoutNonce(result: string): string {
  return result.replace(/ #\d+$/, '');
}

/** What the agent answers if no run is lost and each question gets its own answer, one text for each action. */
export async function expectedTexts(program: Program): Promise<string[]> {
  const results = await interpret(program, {
    step: ({ throws }, place) =>
      Promise.resolve(withoutNonce(`${throws ? 'threw ' : ''}${resultOf(place, 0)}`)),
    ask: (_action, place) => Promise.resolve(`answer to ${place}`),
  });
  return results.flat(Infinity) as string[];
}
