import type { SettledStatus } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';

/** A session's state: like `idle`, `error` accepts a new message. */
export type SessionStatus = SettledStatus | 'running' | 'interrupted';

export const SESSION_STATUSES: readonly SessionStatus[] = ['idle', 'running', 'interrupted', 'error'];

/** A question to a person that pauses a turn. */
export interface SessionInterrupt {
  /** What an answer must name. */
  interrupt_id: string;
  /** The kind of question. */
  type: string;
  /** The question's content, including its `type`. */
  payload: Record<string, unknown>;
  /** ISO 8601, if the agent set an expiry. */
  expires_at?: string | undefined;
}

/** A session, as the API returns it. */
export interface Session {
  /** The session's id, a UUID. */
  session_id: string;
  /** The session's state. */
  status: SessionStatus;
  /** The last turn's answer; null while running, and after an error. */
  response: ChatMessage | null;
  /** The reason in one line, if the last turn ended in `error`. */
  error: string | null;
  /** The pending questions while `interrupted`, else null. */
  interrupts: SessionInterrupt[] | null;
  /** The client's data from the creation. */
  metadata?: Record<string, unknown> | undefined;
}

/** The stored fields of a session. */
export interface StoredSession {
  id: string;
  status: SessionStatus;
  response: ChatMessage | null;
  error: string | null;
  metadata?: Record<string, unknown> | null;
}

/** Converts a session to the API's format; the only place that defines that format. */
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

/** A newly created session. */
export function newSession(id: string, metadata?: Record<string, unknown> | null): Session {
  return toWireSession({ id, status: 'idle', response: null, error: null, metadata });
}

/** A session, as lists contain it. */
export interface SessionSummary {
  /** The session's id. */
  session_id: string;
  /** The length of the recorded history. */
  total_messages: number;
  /** The session's state. */
  status: SessionStatus;
}
