import type { AgentTransport } from '../protocol/transport.js';
import { AgentProcess, type AgentProgram } from './agent-process.js';

/** How long an agent in a child process may block its event loop by default. */
const MAX_SILENCE_MS = 60_000;

/**
 * The transport to an agent that runs each turn in a new process. If the process ends before the agent has returned,
 * the run fails with an `AgentProcessDied`; connecting throws one if no process can be started.
 */
export function inChildProcess(
  given: Pick<AgentProgram, 'file' | 'args'> & Partial<AgentProgram>,
): AgentTransport {
  // The agent may change the working directory later.
  const program = { cwd: process.cwd(), maxSilence: MAX_SILENCE_MS, ...given };
  return (engine) => new AgentProcess(program, engine);
}
