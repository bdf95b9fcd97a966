import type { SettledStatus } from '../facts/turn-end.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { SessionInterrupt } from '../interrupts/interrupt.js';

/** A session's state: like `idle`, `error` accepts a new message. */
export type SessionStatus = SettledStatus | 'running' | 'interrupted';

export const SESSION_STATUSES: readonly SessionStatus[] = ['idle', 'running', 'interrupted', 'error'];

/** What a list can be ordered by. */
export const LIST_ORDERS = ['created', 'updated'] as const;

/** A session, as the API returns it; instants are ISO 8601 UTC. */
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
  /** The client's own data, from the creation and later updates. */
  metadata?: Record<string, unknown> | undefined;
  /** The turn that status, response and error are about: the unfinished one, else the last; null before the first. */
  turn_id: string | null;
  /** Time of the creation. */
  created_at: string;
  /** Time of the creation, of the acceptance or end of the last turn, or of the last change of the metadata. */
  updated_at: string;
  /** The position in the session's log that this reading shows; 0 before its first event. */
  last_event_id: number;
}

/** A session, as lists contain it. */
export interface SessionSummary extends Pick<
  Session,
  'session_id' | 'status' | 'metadata' | 'turn_id' | 'created_at' | 'updated_at'
> {
  /** The length of the recorded history. */
  total_messages: number;
}

/** What SessionsService adds to sessions, and HTTP does not show. */
export interface Owned {
  /** The session's owner, if it has one. */
  owner?: string | undefined;
}

/** A session with its owner, as SessionsService returns it. */
export interface OwnedSession extends Session, Owned {}

/** A session of a list with its owner, as SessionsService returns it. */
export interface OwnedSessionSummary extends SessionSummary, Owned {}

/** The stored fields of a session. */
export interface StoredSession {
  id: string;
  owner?: string;
  status: SessionStatus;
  response: ChatMessage | null;
  error: string | null;
  /** Null unless the session is interrupted. */
  interrupts: SessionInterrupt[] | null;
  metadata?: Record<string, unknown> | null;
  turnId: string | null;
  /** ISO 8601, as is `updatedAt`. */
  createdAt: string;
  updatedAt: string;
  lastEventId: number;
}

/** Converts a session to the API's format; the only place that defines that format. */
export function toWireSession(stored: StoredSession): OwnedSession {
  const { id, owner, status, response, error, interrupts, metadata, turnId } = stored;
  const { createdAt, updatedAt, lastEventId } = stored;
  return {
    session_id: id,
    status,
    response,
    error,
    interrupts,
    ...(metadata ? { metadata } : {}),
    turn_id: turnId,
    created_at: createdAt,
    updated_at: updatedAt,
    last_event_id: lastEventId,
    ...(owner === undefined ? {} : { owner }),
  };
}

/** A newly created session. */
export function newSession(
  session: Pick<StoredSession, 'id' | 'owner' | 'metadata' | 'createdAt'>,
): OwnedSession {
  const nothing = { response: null, error: null, interrupts: null, turnId: null, lastEventId: 0 };
  const state = { status: 'idle', ...nothing } as const;
  return toWireSession({ ...session, ...state, updatedAt: session.createdAt });
}

/** The same without its owner, which clients do not see. */
export function withoutOwner<T extends Owned>({ owner: _owner, ...session }: T): Omit<T, 'owner'> {
  return session;
}
