import type { FromAgent, ToAgent } from './turn-messages.js';

/** The engine's side of a run, as a transport sees it. */
export interface EngineSide {
  /**
   * Handles a message of the agent. Throws for a rejected message; the agent's call throws that error where possible.
   */
  receive(message: FromAgent): void;
  /** Called with the error of an `abort` listener of the agent. It has no effect on the run. */
  onListenerError(error: unknown): void;
}

/** The agent's side of a run, as the engine sees it. */
export interface AgentSide {
  /** Sends a message to the agent. Never throws. */
  send(message: ToAgent): void;
}

/** Connects a run to its agent, in this process or in a child process. Each call is for one run. */
export type AgentTransport = (engine: EngineSide) => AgentSide;
