import type { ChatMessage } from '../../messages/chat-message.js';
import type { Turn, TurnEvent, TurnOutput } from '../agent.js';

/** What the engine tells an agent that runs a turn elsewhere. */
export type ToAgent =
  /** A part of the conversation, oldest first. All parts come before `start`, so that no message is very large. */
  | { type: 'history'; messages: ChatMessage[] }
  | ({ type: 'start' } & Pick<Turn, 'sessionId' | 'turnId' | 'attempt' | 'message'>)
  /** The run's result no longer matters: the reason of the turn's signal. */
  | { type: 'abort'; name: string; message: string };

/** What such an agent tells the engine. */
export type FromAgent =
  /** The agent's file is loaded: the turn may start. */
  | { type: 'ready' }
  /** Comes every {@link ALIVE_INTERVAL_MS}, unless the agent blocks its event loop. */
  | { type: 'alive' }
  | { type: 'usage'; tokens: { total_tokens: number } }
  | { type: 'emit'; delta: string | TurnEvent }
  | TurnEnd;

/** The last message of a run. */
export type TurnEnd =
  | { type: 'end'; outcome: 'completed'; output: TurnOutput }
  | { type: 'end'; outcome: 'failed'; error: ErrorReport };

/** An error as it passes between processes. */
export interface ErrorReport {
  name: string;
  message: string;
  stack: string;
}

/** How often a running agent says that it is alive, in ms. */
export const ALIVE_INTERVAL_MS = 1_000;

const FROM_AGENT: readonly unknown[] = [
  'ready',
  'alive',
  'usage',
  'emit',
  'end',
] satisfies FromAgent['type'][];

/** Whether a message is one of ours: an agent's library may use the channel for its own. */
export function isFromAgent(message: unknown): message is FromAgent {
  return (
    typeof message === 'object' && message !== null && 'type' in message && FROM_AGENT.includes(message.type)
  );
}
