import type { ChatMessage } from '../../messages/chat-message.js';
import type { Turn, TurnOutput } from '../agent.js';
import type { EmittedEvent } from '../emitted-event.js';
import type { NewInterrupt, NewStep, TurnRecording } from '../recording/recording.js';

/**
 * All data that an agent's side needs to start. Message and history belong to the engine: the agent's side gives
 * copies to the agent.
 */
export interface TurnStart extends Pick<
  Turn,
  'sessionId' | 'turnId' | 'owner' | 'metadata' | 'attempt' | 'message'
> {
  history: readonly ChatMessage[];
  /** Whether a copy of the history would block the event loop if it was made at once. */
  isLongHistory?: boolean;
  /** What earlier runs of the turn have recorded. */
  recording: TurnRecording;
  /** The size of what they have emitted. */
  eventBytes: number;
}

/** Messages from the engine to a running agent. */
export type ToAgent =
  /** The first message of a run. */
  | ({ type: 'start' } & TurnStart)
  /** The result of the run is no longer needed; the reason becomes that of the turn's signal. */
  | { type: 'abort'; reason: Error }
  /** The answer to a step: it is recorded, or cannot be, for this reason. */
  | { type: 'recorded'; call: number; refusal?: string };

/** Messages from a running agent to the engine. */
export type FromAgent =
  | { type: 'usage'; tokens: { total_tokens: number } }
  | { type: 'emit'; event: EmittedEvent }
  /** To record; `call` is the number of the message, for its answer. */
  | { type: 'step'; call: number; step: NewStep }
  /** The run ends and its turn waits for answers. What the agent does afterwards is ignored. */
  | { type: 'suspend'; interrupts: NewInterrupt[] }
  /** The turn fails for a reason that the agent cannot catch. */
  | { type: 'fail'; code: 'step_unknown' | 'replay_mismatch'; error: string }
  | AgentEnd;

/** The last message of a run: the agent's result or error. */
export type AgentEnd =
  | { type: 'end'; outcome: 'completed'; output: TurnOutput }
  | { type: 'end'; outcome: 'failed'; error: unknown };
