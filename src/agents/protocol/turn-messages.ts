import type { Turn, TurnEvent, TurnOutput } from '../agent.js';

/** All that an agent's side needs to begin. */
export type TurnStart = Pick<Turn, 'sessionId' | 'turnId' | 'attempt' | 'message' | 'history'>;

/** What the engine sends to a running agent. */
export type ToAgent =
  /** The first message of a run. */
  | ({ type: 'start' } & TurnStart)
  /** The result of the run no longer matters: the reason becomes that of the turn's signal. */
  | { type: 'abort'; reason: Error };

/** What a running agent sends to the engine. */
export type FromAgent =
  | { type: 'usage'; tokens: { total_tokens: number } }
  | { type: 'emit'; delta: string | TurnEvent }
  | AgentEnd;

/** The last message of a run: what the agent returned or threw. */
export type AgentEnd =
  | { type: 'end'; outcome: 'completed'; output: TurnOutput }
  | { type: 'end'; outcome: 'failed'; error: unknown };
