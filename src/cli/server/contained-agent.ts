import { AsyncLocalStorage } from 'node:async_hooks';

import type { Agent, Turn, TurnOutput } from '../../agents/agent.js';
import { type AgentProvider, isAgentClass, toAgent } from '../../agents/agent-provider.js';

/** A run of an agent, for assigning an uncaught error to it. */
interface AgentRun {
  /** Name of the run in the log. */
  name: string;
  /** Ends the run with the error, if it is in progress. */
  fail: (error: unknown) => void;
}

/**
 * Before Node 24 an AsyncLocalStorage makes every promise of the process slower, from its first use until it is
 * disabled. Later ones do not, and to disable one forgets what it holds.
 */
const SLOWS_PROMISES = Number.parseInt(process.versions.node, 10) < 24;

const runs = new AsyncLocalStorage<AgentRun>();
let pending = 0;

/** For a handler of uncaught errors: the run in progress that caused the error, if any. */
export function runOfError(): AgentRun | undefined {
  return runs.getStore();
}

/** An agent whose runs can be identified from an uncaught error, for example of one of their timers. */
export function contained(agent: AgentProvider): AgentProvider {
  if (!isAgentClass(agent)) {
    const given = toAgent(agent);
    return { runTurn: (turn) => contain(turn, () => given.runTurn(turn)) };
  }
  // A subclass, because subclasses inherit Nest's injection metadata.
  return class extends agent implements Agent {
    override runTurn(turn: Turn): Promise<TurnOutput> | TurnOutput {
      return contain(turn, () => super.runTurn(turn));
    }
  };
}

function contain(turn: Turn, call: () => Promise<TurnOutput> | TurnOutput): Promise<TurnOutput> | TurnOutput {
  const run: AgentRun = {
    name: `session ${turn.sessionId}, turn ${turn.turnId}`,
    fail: () => undefined,
  };
  pending++;
  let isPending = false;
  try {
    const output = runs.run(run, call);
    if (typeof output !== 'object') return output;
    isPending = true;
    const failed = new Promise<never>((_resolve, reject) => (run.fail = reject));
    return Promise.race([failed, output]).finally(ended);
  } finally {
    if (!isPending) ended();
  }
}

function ended(): void {
  pending--;
  if (pending === 0 && SLOWS_PROMISES) runs.disable();
}
