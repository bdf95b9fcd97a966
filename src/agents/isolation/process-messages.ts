import type { ChatMessage } from '../../messages/chat-message.js';
import type { FromAgent, ToAgent } from '../protocol/turn-messages.js';

/** A message as it passes between processes: a long history apart, and errors as plain data. */
type Plain<Message> = Message extends { type: 'start' }
  ? Omit<Message, 'history'>
  : Message extends { type: 'abort' }
    ? { type: 'abort'; reason: ErrorReport }
    : Message extends { outcome: 'failed' }
      ? { type: 'end'; outcome: 'failed'; error: ErrorReport }
      : Message;

/** What a child process is sent. */
export type ToChild =
  /** A part of the conversation, oldest first. All parts come before `start`, so that no message is very large. */
  { type: 'history'; messages: ChatMessage[] } | Plain<ToAgent>;

/** What a child process sends: the messages of the agent, and what the process says of itself. */
export type FromChild =
  /** The agent's file is loaded: the turn may start. */
  | { type: 'ready' }
  /** Comes every {@link ALIVE_INTERVAL_MS}, unless the agent blocks its event loop. */
  | { type: 'alive' }
  | Plain<FromAgent>;

/** An error as it passes between processes. */
export interface ErrorReport {
  name: string;
  message: string;
  stack: string;
}

/** How often a running agent says that it is alive, in ms. */
export const ALIVE_INTERVAL_MS = 1_000;

/** Tells our messages from those of a library of the agent's that uses the same channel. */
const CHANNEL = 'nestjs-agent-sessions';

/** A message as it goes over the channel. */
export function wrap(message: ToChild | FromChild): object {
  return { [CHANNEL]: message };
}

/** The message; undefined for what is none of ours. */
export function unwrap(received: unknown): unknown {
  return typeof received === 'object' && received !== null && CHANNEL in received
    ? received[CHANNEL]
    : undefined;
}
