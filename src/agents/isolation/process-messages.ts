import type { ErrorReport } from '../../logging/error-report.js';
import type { ChatMessage } from '../../messages/chat-message.js';
import type { FromAgent, ToAgent } from '../protocol/turn-messages.js';

/** A message in the form for another process: a long history is separate, and errors are plain data. */
type Plain<Message> = Message extends { type: 'start' }
  ? Omit<Message, 'history'>
  : Message extends { type: 'abort' }
    ? { type: 'abort'; reason: ErrorReport }
    : Message extends { outcome: 'failed' }
      ? { type: 'end'; outcome: 'failed'; error: ErrorReport }
      : Message;

/** Messages to a child process. */
export type ToChild =
  /** A part of the conversation, oldest first. All parts come before `start`, so that no message is very large. */
  { type: 'history'; messages: ChatMessage[] } | Plain<ToAgent>;

/** Messages of a child process: those of the agent, and those about the process. */
export type FromChild =
  /** The agent's file is loaded: the turn may start. */
  | { type: 'ready' }
  /** Sent every {@link ALIVE_INTERVAL_MS}, unless the agent blocks its event loop. */
  | { type: 'alive' }
  | Plain<FromAgent>;

/** Interval of alive messages. */
export const ALIVE_INTERVAL_MS = 1_000;

/** Distinguishes our messages from those of an agent's library on the same channel. */
const CHANNEL = 'nestjs-agent-sessions';

/** A message with its channel's name. */
export function wrap(message: ToChild | FromChild): object {
  return { [CHANNEL]: message };
}

/** The message; undefined if it belongs to another library. */
export function unwrap(received: unknown): unknown {
  return typeof received === 'object' && received !== null && CHANNEL in received
    ? received[CHANNEL]
    : undefined;
}
