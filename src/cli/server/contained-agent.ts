import { AsyncLocalStorage } from 'node:async_hooks';

import type { Agent, Turn, TurnOutput } from '../../agents/agent.js';
import { type AgentProvider, isAgentClass, toAgent } from '../../agents/agent-provider.js';

/** A run of an agent, for assigning an uncaught error to it. */
interface AgentRun {
  /** Name of the run in the log. */
  name: string;
  /** Ends the run with the error. */
  fail: (error: unknown) => void;
}

const runs = new AsyncLocalStorage<AgentRun>();

/** For a handler of uncaught errors: the run that caused the error, if any. */
export function runOfError(): AgentRun | undefined {
  return runs.getStore();
}

/** An agent whose runs can be identified from an uncaught error, for example of one of their timers. */
export function contained(agent: AgentProvider): AgentProvider {
  if (!isAgentClass(agent)) {
    const given = toAgent(agent);
    return { runTurn: (turn) => contain(given, turn) };
  }
  // A subclass, because subclasses inherit Nest's injection metadata.
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
