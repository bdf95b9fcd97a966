import type { EntityManager } from 'typeorm';

import type { IdempotencyOutcome, IdempotentRequest } from '../idempotency/idempotency-key.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { HistoryStore } from '../messages/history.store.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { Session, SessionStatus, SessionSummary } from './session.js';

/** Injection token of the {@link SessionStore}. */
export const SESSION_STORE = Symbol.for('nestjs-agent-sessions:session-store');

/** A session to create; its id is new or chosen by a client. */
export interface NewSession {
  id: string;
  owner?: string;
  metadata?: Record<string, unknown>;
  /** The initial history. */
  state: ChatMessage[];
  /** Makes the creation idempotent. */
  request?: IdempotentRequest;
}

/** A removed session. */
export interface RemovedSession {
  id: string;
  owner?: string;
}

/** The outcome of creating a session. */
export type CreateOutcome = (
  { outcome: 'created' | 'exists' | 'limit_reached' | 'history_too_large' } | IdempotencyOutcome
) & {
  /** An expired session with the same id that was removed first, independently of the outcome. */
  expired?: RemovedSession;
};

/** Position in a list: after the session that was created then. */
export interface SessionCursor {
  /** Microseconds since 1970. */
  createdAt: number;
  /** The session's id. */
  id: string;
}

/** One page of a list. */
export interface SessionPage {
  /** The sessions of the page, newest first. */
  sessions: SessionSummary[];
  /** Undefined on the last page. */
  next?: SessionCursor;
}

/**
 * Creates, finds and removes sessions; TurnStore changes a session by its turns. Each dialect has its own
 * implementation. With a `manager`, an operation works inside the transaction of that EntityManager. Throws
 * DatabaseUnavailableException and TryAgainException.
 */
export interface SessionStore extends HistoryStore {
  create(session: NewSession, manager?: EntityManager): Promise<CreateOutcome>;
  find(scope: SessionScope, id: string, manager?: EntityManager): Promise<Session | undefined>;
  /** Newest first. */
  list(
    scope: SessionScope,
    page: { limit: number; after?: SessionCursor; status?: SessionStatus },
  ): Promise<SessionPage>;
  /** Removes a session and all its rows; undefined if there is no such session. */
  remove(scope: SessionScope, id: string, manager?: EntityManager): Promise<RemovedSession | undefined>;
  /** The sessions among these that still run, by one query. */
  stillRunning(ids: string[]): Promise<string[]>;
  count(): Promise<number>;
  /** Removes up to `limit` expired sessions. */
  removeExpired(limit: number): Promise<RemovedSession[]>;
}
