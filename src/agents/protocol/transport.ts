import type { FromAgent, ToAgent } from './turn-messages.js';

/** The engine's side of a run, as a transport sees it. */
export interface EngineSide {
  /** Handles a message of the agent. A message that is refused throws, which the agent's call gets where that is possible. */
  receive(message: FromAgent): void;
  /** Called with the error of an `abort` listener of the agent. It has no effect on the run. */
  onListenerError(error: unknown): void;
}

/** The agent's side of a run, as the engine sees it. */
export interface AgentSide {
  /** Sends a message to the agent. Never throws. */
  send(message: ToAgent): void;
}

/** A way to run an agent: in this process or in one of its own. Each call connects one run. */
export type AgentTransport = (engine: EngineSide) => AgentSide;
