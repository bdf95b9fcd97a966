import type { Agent, Turn, TurnOutput } from '../../agents/agent.js';
import { type AgentProvider, isAgentClass, toAgent } from '../../agents/agent-provider.js';
import { CallContext } from '../../agents/call-context.js';

/** A run of an agent, for assigning an uncaught error to it. */
interface AgentRun {
  /** Name of the run in the log. */
  name: string;
  /** Ends the run with the error, if it is in progress. */
  fail: (error: unknown) => void;
}

const runs = new CallContext<AgentRun>();

/** For a handler of uncaught errors: the run in progress that caused the error, if any. */
export function runOfError(): AgentRun | undefined {
  return runs.current;
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
  const ended = runs.begin();
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
