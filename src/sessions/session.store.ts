import type { EntityManager } from 'typeorm';

import type { IdempotencyOutcome, IdempotentRequest } from '../idempotency/idempotency-key.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { HistoryStore } from '../messages/history.store.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { Session, SessionStatus, SessionSummary } from './session.js';

/** Injection token of the {@link SessionStore}. */
export const SESSION_STORE = Symbol.for('nestjs-agent-sessions:session-store');

/** A session to be created; the id is new or was chosen by a client. */
export interface NewSession {
  id: string;
  owner?: string;
  metadata?: Record<string, unknown>;
  /** The history that it starts with. */
  state: ChatMessage[];
  /** Makes the creation one that happens once, whatever is repeated. */
  request?: IdempotentRequest;
}

/** A session that is gone. */
export interface RemovedSession {
  id: string;
  owner?: string;
}

/** What became of a session that was to be created. */
export type CreateOutcome = (
  { outcome: 'created' | 'exists' | 'limit_reached' | 'history_too_large' } | IdempotencyOutcome
) & {
  /** A session of that id that was removed first, whatever became of the new one. */
  expired?: RemovedSession;
};

/** Where a list goes on: after the session that was created then. */
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
 * Creates, finds and removes sessions; how a turn changes one is the TurnStore's. There is one implementation
 * for each dialect. An operation given a `manager` works inside the transaction of that EntityManager.
 * Throws DatabaseUnavailableException and TryAgainException.
 */
export interface SessionStore extends HistoryStore {
  create(session: NewSession, manager?: EntityManager): Promise<CreateOutcome>;
  find(scope: SessionScope, id: string, manager?: EntityManager): Promise<Session | undefined>;
  /** Newest first. */
  list(
    scope: SessionScope,
    page: { limit: number; after?: SessionCursor; status?: SessionStatus },
  ): Promise<SessionPage>;
  /** Removes a session with all that belongs to it; undefined where there is none. */
  remove(scope: SessionScope, id: string, manager?: EntityManager): Promise<RemovedSession | undefined>;
  /** Of these sessions, those that are still running. One query for all. */
  stillRunning(ids: string[]): Promise<string[]>;
  count(): Promise<number>;
  /** Removes up to `limit` sessions that have expired. */
  removeExpired(limit: number): Promise<RemovedSession[]>;
}
