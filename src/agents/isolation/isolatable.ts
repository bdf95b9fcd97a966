import type { Agent } from '../agent.js';
import type { AgentTransport } from '../protocol/transport.js';

/** The property by which an agent provides its transport for child processes. */
export const ISOLATED = Symbol.for('nestjs-agent-sessions:isolated');

/** An agent that can also run a turn in a child process, such as those of the command line. */
export interface IsolatableAgent extends Agent {
  readonly [ISOLATED]: AgentTransport;
}

/** Whether an agent can run a turn in a child process. */
export function isIsolatable(agent: Agent): agent is IsolatableAgent {
  return ISOLATED in agent && typeof agent[ISOLATED] === 'function';
}
