import { AsyncLocalStorage } from 'node:async_hooks';

import type { Agent, Turn, TurnOutput } from '../../agents/agent.js';
import { type AgentProvider, isAgentClass, toAgent } from '../../agents/agent-provider.js';

/** A run of an agent, as an error that it does not catch finds it. */
interface AgentRun {
  /** Which it is, for the log. */
  name: string;
  /** Ends it with the error, if it is under way. */
  fail: (error: unknown) => void;
}

/**
 * Before Node 24 an AsyncLocalStorage makes every promise of the process slower, from its first use until it is
 * disabled. Later ones do not, and to disable one forgets what it holds.
 */
const SLOWS_PROMISES = Number.parseInt(process.versions.node, 10) < 24;

const runs = new AsyncLocalStorage<AgentRun>();
let underWay = 0;

/** In a handler of uncaught errors: the run that the error comes from, if it comes from one that is under way. */
export function runOfError(): AgentRun | undefined {
  return runs.getStore();
}

/** An agent whose runs can be told from an error that they do not catch, as one of their timers throws. */
export function contained(agent: AgentProvider): AgentProvider {
  if (!isAgentClass(agent)) {
    const given = toAgent(agent);
    return { runTurn: (turn) => contain(turn, () => given.runTurn(turn)) };
  }
  // A class of its own, since what Nest knows of a class is inherited.
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
  underWay++;
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
  underWay--;
  if (underWay === 0 && SLOWS_PROMISES) runs.disable();
}
