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
 * Creates, finds and removes sessions; how a turn changes one is the TurnStore's. The guarded transitions are create,
 * remove and removeExpired; all others are plain reads. What has a scope finds sessions of the store's module, of the
 * scope's owner and not expired only, and checks that in the statement that reads or writes: a check before it could
 * be outdated, because an id can be given to another owner's session after the first one was removed.
 *
 * An operation given a `manager` works inside the transaction of that EntityManager. Each dialect has its own
 * implementation. Throws DatabaseUnavailableException and TryAgainException, after which all or nothing has happened.
 */
export interface SessionStore extends HistoryStore {
  /**
   * Atomic: the limit `maxSessions`, the session, its messages and the idempotency record; an expired session of the
   * same id is removed first. Prevents two requests with one id from both creating it, concurrent ones from exceeding
   * the limit (which a count before the insert would allow), and a repeated request from creating a second session.
   */
  create(session: NewSession, manager?: EntityManager): Promise<CreateOutcome>;
  /** Undefined where there is no such session in the scope. */
  find(scope: SessionScope, id: string, manager?: EntityManager): Promise<Session | undefined>;
  /** Newest first. Pages go on after a session and not at an offset, so that new sessions repeat none. */
  list(
    scope: SessionScope,
    page: { limit: number; after?: SessionCursor; status?: SessionStatus },
    manager?: EntityManager,
  ): Promise<SessionPage>;
  /**
   * Removes a session, running or not, with all that belongs to it; undefined where there is none.
   *
   * Atomic: session, messages, turns, deliveries and idempotency records. Prevents a run that ends at the same time
   * from leaving rows of a session that is gone: it finds no turn, and is lost.
   */
  remove(scope: SessionScope, id: string, manager?: EntityManager): Promise<RemovedSession | undefined>;
  /** The sessions among these that still run, by one query. */
  stillRunning(ids: string[]): Promise<string[]>;
  /** How many sessions of the module have not expired. */
  count(): Promise<number>;
  /**
   * Starts or corrects the number of sessions that `maxSessions` is compared with: creating and removing sessions
   * changes it in the same transaction, but a host may delete rows by SQL. Resolves with false if it was correct at
   * most a minute ago. No other transaction has to wait for it.
   */
  recount(): Promise<boolean>;
  /**
   * Removes up to `limit` sessions that have expired, with all that belongs to them but pending deliveries, which get
   * a copy of the history that they show. If the database refuses to remove one of them, as a foreign key of the host
   * does, they are removed one by one, and `onError` gets those that stay; the caller names them in `except`.
   *
   * Atomic, unless one is refused. The statement that removes a session checks its state: prevents one that a message has just set to
   * running from being removed, and two sweepers from waiting for each other.
   */
  removeExpired(
    limit: number,
    except?: string[],
    onError?: (sessionId: string, error: unknown) => void,
  ): Promise<RemovedSession[]>;
}
