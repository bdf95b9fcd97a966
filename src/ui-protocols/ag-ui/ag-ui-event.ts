import type { ShownMessage } from '../shown/shown-message.js';

/** A tool call in an AG-UI message; `arguments` is JSON text. */
export interface AgUiToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** A message of an AG-UI snapshot. Fields without a value are left out, because clients refuse null. */
export type AgUiMessage =
  | { id: string; role: 'user'; content: string | AgUiContent[] }
  | { id: string; role: 'system'; content: string }
  | { id: string; role: 'assistant'; content?: string; toolCalls?: AgUiToolCall[] }
  | { id: string; role: 'tool'; toolCallId: string; content: string }
  | { id: string; role: 'reasoning'; content: string };

/** A part of a user's message. */
export type AgUiContent =
  | { type: 'text'; text: string }
  | { type: 'image'; source: { type: 'data'; value: string; mimeType: string } };

/** A question to a person, in AG-UI's form. */
export interface AgUiInterrupt {
  id: string;
  reason: string;
  message?: string;
  toolCallId?: string;
  responseSchema?: Record<string, unknown>;
  expiresAt?: string;
  metadata?: Record<string, unknown>;
}

/** How a run has ended; `cancelled` is only known to clients of 1.0. */
export type AgUiOutcome =
  { type: 'success' } | { type: 'cancelled' } | { type: 'interrupt'; interrupts: AgUiInterrupt[] };

/** An event of AG-UI, of the types that we send. */
export type AgUiEvent =
  | { type: 'RUN_STARTED'; threadId: string; runId: string; protocolVersion?: string }
  | {
      type: 'RUN_FINISHED';
      threadId: string;
      runId: string;
      outcome: AgUiOutcome;
      usage?: { totalTokens: number }[];
    }
  | { type: 'RUN_ERROR'; message: string; code: string }
  | { type: 'TEXT_MESSAGE_START'; messageId: string; role: 'assistant' }
  | { type: 'TEXT_MESSAGE_CONTENT'; messageId: string; delta: string }
  | { type: 'TEXT_MESSAGE_END'; messageId: string }
  | { type: 'TOOL_CALL_START'; toolCallId: string; toolCallName: string; parentMessageId: string }
  | { type: 'TOOL_CALL_ARGS'; toolCallId: string; delta: string }
  | { type: 'TOOL_CALL_END'; toolCallId: string }
  | { type: 'TOOL_CALL_RESULT'; messageId: string; toolCallId: string; content: string; role: 'tool' }
  | { type: 'REASONING_START'; messageId: string }
  | { type: 'REASONING_MESSAGE_START'; messageId: string; role: 'reasoning' }
  | { type: 'REASONING_MESSAGE_CONTENT'; messageId: string; delta: string }
  | { type: 'REASONING_MESSAGE_END'; messageId: string }
  | { type: 'REASONING_END'; messageId: string }
  | { type: 'CUSTOM'; name: string; value: Record<string, unknown> }
  | { type: 'MESSAGES_SNAPSHOT'; messages: AgUiMessage[] };

/**
 * Where a MESSAGES_SNAPSHOT belongs: the history before the turn and these messages of the turn, or what the turn has
 * recorded. The caller reads the history, which may be large.
 */
export interface SnapshotPlace {
  type: 'snapshot';
  /** The turn's own messages; undefined if they are recorded. */
  ofTurn?: ShownMessage[];
}
