import { randomUUID } from 'node:crypto';

import type { Agent, AgentFunction, Turn, TurnOutput } from '../../src/index.js';
import { Gate } from './gate.js';

/** A turn that runs until the test ends it. */
export interface HeldTurn {
  /** The content of the message that starts it. */
  content: string;
  /** The turn of the first run, once it has started. */
  started: Promise<Turn>;
  answer: (output: TurnOutput) => void;
  fail: (reason: unknown) => void;
}

/** An agent with scripted behaviour for some messages; it repeats all others. */
export class ScriptedAgent implements Agent {
  private readonly scripts = new Map<string, AgentFunction>();

  /** Returns the content of a message that makes the agent run this function. */
  does(run: AgentFunction): string {
    const content = randomUUID();
    this.scripts.set(content, run);
    return content;
  }

  /** A turn that ends by the test or by its signal; with `deaf` only by the test. */
  holds({ deaf = false } = {}): HeldTurn {
    const started = new Gate<Turn>();
    const output = new Gate<TurnOutput>();
    const content = this.does((turn) => {
      started.open(turn);
      if (deaf) return output.opened;
      const cutOff = aborted(turn.signal).then((reason) => {
        throw reason;
      });
      return Promise.race([output.opened, cutOff]);
    });
    return { content, started: started.opened, answer: output.open, fail: output.fail };
  }

  runTurn(turn: Turn): Promise<TurnOutput> | TurnOutput {
    const content = turn.message.content ?? '';
    const script = this.scripts.get(content);
    return script ? script(turn) : `You said: ${content}`;
  }
}

/** Resolves with the reason when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
  }
  return signal.reason;
}
