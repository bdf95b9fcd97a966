import type { SettledStatus } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';

/** Where a session stands: `error` accepts a new message, as `idle` does. */
export type SessionStatus = SettledStatus | 'running' | 'interrupted';

export const SESSION_STATUSES: readonly SessionStatus[] = ['idle', 'running', 'interrupted', 'error'];

/** A question to a person that pauses a turn. */
export interface SessionInterrupt {
  /** What an answer must name. */
  interrupt_id: string;
  /** The kind of question. */
  type: string;
  /** What is asked; it repeats the `type`. */
  payload: Record<string, unknown>;
  /** ISO 8601, where the agent set a time. */
  expires_at?: string | undefined;
}

/** A session as the wire shows it. */
export interface Session {
  /** The session's id, a UUID. */
  session_id: string;
  /** The session's state. */
  status: SessionStatus;
  /** The last turn's answer; null while running, and after an error. */
  response: ChatMessage | null;
  /** One line that says why the last turn ended in `error`. */
  error: string | null;
  /** What the session waits for while `interrupted`, else null. */
  interrupts: SessionInterrupt[] | null;
  /** What the client gave at creation. */
  metadata?: Record<string, unknown> | undefined;
}

/** What is stored of a session. */
export interface StoredSession {
  id: string;
  status: SessionStatus;
  response: ChatMessage | null;
  error: string | null;
  metadata?: Record<string, unknown> | null;
}

/** A session as the wire shows it; the only place that knows that shape. */
export function toWireSession({ id, status, response, error, metadata }: StoredSession): Session {
  return {
    session_id: id,
    status,
    response,
    error,
    interrupts: null,
    ...(metadata ? { metadata } : {}),
  };
}

/** A session as it is created. */
export function newSession(id: string, metadata?: Record<string, unknown> | null): Session {
  return toWireSession({ id, status: 'idle', response: null, error: null, metadata });
}

/** A session as lists show it. */
export interface SessionSummary {
  /** The session's id. */
  session_id: string;
  /** The length of the recorded history. */
  total_messages: number;
  /** The session's state. */
  status: SessionStatus;
}
