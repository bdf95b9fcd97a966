import type { ChatMessage } from '../../messages/chat-message.js';
import type { Turn, TurnEvent, TurnOutput } from '../agent.js';

/**
 * All data that an agent's side needs to start. Message and history belong to the engine: the agent's side gives
 * copies to the agent.
 */
export interface TurnStart extends Pick<
  Turn,
  'sessionId' | 'turnId' | 'owner' | 'metadata' | 'attempt' | 'message'
> {
  history: readonly ChatMessage[];
}

/** Messages from the engine to a running agent. */
export type ToAgent =
  /** The first message of a run. */
  | ({ type: 'start' } & TurnStart)
  /** The result of the run is no longer needed; the reason becomes that of the turn's signal. */
  | { type: 'abort'; reason: Error };

/** Messages from a running agent to the engine. */
export type FromAgent =
  | { type: 'usage'; tokens: { total_tokens: number } }
  | { type: 'emit'; delta: string | TurnEvent }
  | AgentEnd;

/** The last message of a run: the agent's result or error. */
export type AgentEnd =
  | { type: 'end'; outcome: 'completed'; output: TurnOutput }
  | { type: 'end'; outcome: 'failed'; error: unknown };
