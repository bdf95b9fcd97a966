import { randomUUID } from 'node:crypto';

import type { Agent, AgentFunction, Turn, TurnOutput } from '../../src/index.js';
import { Gate } from './gate.js';

/** A turn that goes on until the test ends it. */
export interface HeldTurn {
  /** The content of the message that starts it. */
  content: string;
  /** The first run, when it has begun. */
  started: Promise<Turn>;
  answer: (output: TurnOutput) => void;
  fail: (reason: unknown) => void;
}

/** An agent that does what the test says for the messages that the test says, and repeats all others. */
export class ScriptedAgent implements Agent {
  private readonly scripts = new Map<string, AgentFunction>();

  /** The content of a message that makes the agent do this. */
  does(run: AgentFunction): string {
    const content = randomUUID();
    this.scripts.set(content, run);
    return content;
  }

  /** A turn that the test ends, or its signal; with `deaf` the test alone. */
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

/** Resolves when the signal is aborted, with why. */
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
