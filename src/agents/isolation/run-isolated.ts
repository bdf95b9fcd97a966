import type { Agent, Turn, TurnOutput } from '../agent.js';

/** The method by which an agent runs a turn in a process of its own. */
export const RUN_ISOLATED = Symbol.for('nestjs-agent-sessions:run-isolated');

/** An agent that can also run a turn in a process of its own, as the command line's agents can. */
export interface IsolatableAgent extends Agent {
  /** Like `runTurn`; rejects with an `AgentProcessDied` where the process ends before the agent has answered. */
  [RUN_ISOLATED](turn: Turn): Promise<TurnOutput>;
}

/** Whether an agent can run a turn in a process of its own. */
export function isIsolatable(agent: Agent): agent is IsolatableAgent {
  return RUN_ISOLATED in agent && typeof agent[RUN_ISOLATED] === 'function';
}
