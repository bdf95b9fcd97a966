import { AsyncLocalStorage } from 'node:async_hooks';

import type { Agent, Turn, TurnOutput } from '../../agents/agent.js';
import { type AgentProvider, isAgentClass, toAgent } from '../../agents/agent-provider.js';

/** A run of an agent, as an error that it does not catch finds it. */
interface AgentRun {
  /** Which it is, for the log. */
  name: string;
  /** Ends it with the error. */
  fail: (error: unknown) => void;
}

const runs = new AsyncLocalStorage<AgentRun>();

/** In a handler of uncaught errors: the run that the error comes from, if it comes from one. */
export function runOfError(): AgentRun | undefined {
  return runs.getStore();
}

/** An agent whose runs can be told from an error that they do not catch, as one of their timers throws. */
export function contained(agent: AgentProvider): AgentProvider {
  if (!isAgentClass(agent)) {
    const given = toAgent(agent);
    return { runTurn: (turn) => contain(given, turn) };
  }
  // A class of its own, since what Nest knows of a class is inherited.
  return class extends agent implements Agent {
    override runTurn(turn: Turn): Promise<TurnOutput> {
      return contain({ runTurn: (given) => super.runTurn(given) }, turn);
    }
  };
}

function contain(agent: Agent, turn: Turn): Promise<TurnOutput> {
  let fail!: AgentRun['fail'];
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  const run = { name: `session ${turn.sessionId}, turn ${turn.turnId}`, fail };
  return runs.run(run, () => Promise.race([failed, Promise.resolve().then(() => agent.runTurn(turn))]));
}
