import type { Agent } from '../agent.js';
import type { AgentTransport } from '../protocol/transport.js';

/** The property by which an agent says how its turns are run in a process of their own. */
export const ISOLATED = Symbol.for('nestjs-agent-sessions:isolated');

/** An agent that can also run a turn in a process of its own, as the command line's agents can. */
export interface IsolatableAgent extends Agent {
  readonly [ISOLATED]: AgentTransport;
}

/** Whether an agent can run a turn in a process of its own. */
export function isIsolatable(agent: Agent): agent is IsolatableAgent {
  return ISOLATED in agent && typeof agent[ISOLATED] === 'function';
}
