import type { Agent, Turn, TurnOutput } from '../agent.js';
import { AgentProcess, type AgentProgram } from './agent-process.js';

/** How long an agent in a process of its own may block its event loop by default, in ms. */
const MAX_SILENCE_MS = 60_000;

/** An agent that runs each turn in a new process. */
export class ChildProcessAgent implements Agent {
  private readonly program: AgentProgram;

  constructor(program: Pick<AgentProgram, 'file' | 'args'> & Partial<AgentProgram>) {
    // The agent may change the working directory later.
    this.program = { cwd: process.cwd(), maxSilence: MAX_SILENCE_MS, ...program };
  }

  /** Rejects with an `AgentProcessDied` where the process ends before the agent has answered. */
  async runTurn(turn: Turn): Promise<TurnOutput> {
    turn.signal.throwIfAborted();
    return new AgentProcess(this.program, turn).outcome;
  }
}
