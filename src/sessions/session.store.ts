import type { EntityManager } from 'typeorm';

import type { IdempotencyOutcome, IdempotentRequest } from '../idempotency/idempotency-key.js';
import type { ChatMessage } from '../messages/chat-message.js';
import type { HistoryStore } from '../messages/history.store.js';
import type { SessionScope } from '../owners/session-scope.js';
import type { Metadata, MetadataEntry } from './metadata.js';
import type { OwnedSession, OwnedSessionSummary, SessionStatus } from './session.js';

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
  | { outcome: 'created'; createdAt: string }
  | { outcome: 'exists' | 'limit_reached' | 'history_too_large' }
  | IdempotencyOutcome
) & {
  /** An expired session with the same id that was removed first, independently of the outcome. */
  expired?: RemovedSession;
};

/** Position in a list: after this session. */
export interface SessionCursor {
  /** The instant by which the list is ordered, in microseconds since 1970. */
  at: number;
  /** The session's id. */
  id: string;
}

/** Which sessions a list contains, and in which order. */
export interface SessionListQuery {
  /** The newest, or the last updated, first; `created` by default. */
  order?: 'created' | 'updated';
  status?: SessionStatus;
  /** The entries that a session's metadata must have. */
  metadata?: MetadataEntry[];
  after?: SessionCursor;
}

/** One page of a list. */
export interface SessionPage {
  /** The sessions of the page, in the order of the list. */
  sessions: OwnedSessionSummary[];
  /** Undefined on the last page. */
  next?: SessionCursor;
}

/**
 * Creates, finds and removes sessions; how a turn changes one is the TurnStore's. The guarded transitions are create,
 * update, remove and removeExpired; all others are plain reads. What has a scope finds sessions of the store's module, of the
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
  find(scope: SessionScope, id: string, manager?: EntityManager): Promise<OwnedSession | undefined>;
  /**
   * At most `limit` sessions, fewer if their metadata is large, or if too many sessions would have to be read to find
   * those with the wanted metadata; `next` then says where to go on. Pages go on after a session and not at an offset, so
   * that new sessions repeat none. A session that is updated between two pages of a list ordered by update moves to
   * the beginning: it is on none of the following pages.
   */
  list(
    scope: SessionScope,
    query: SessionListQuery & { limit: number },
    manager?: EntityManager,
  ): Promise<SessionPage>;
  /**
   * Changes a session's metadata, in any state of the session; undefined where there is none. What `change` throws is
   * passed on, and nothing is changed.
   *
   * Atomic: the metadata as `change` gets it, what it returns, and the entries by which sessions are found. Prevents
   * two changes at the same time from undoing each other.
   */
  update(
    scope: SessionScope,
    id: string,
    change: (metadata: Metadata | undefined) => Metadata | undefined,
    manager?: EntityManager,
  ): Promise<OwnedSession | undefined>;
  /**
   * Removes a session, running or not, with all that belongs to it; undefined where there is none.
   *
   * Atomic: session, messages, turns, deliveries and idempotency records. Prevents a run that ends at the same time
   * from leaving rows of a session that is gone: it finds no turn, and is lost.
   */
  remove(scope: SessionScope, id: string, manager?: EntityManager): Promise<RemovedSession | undefined>;
  /**
   * Removes a part of the rows of removed sessions, where a store removes a long session by hiding it. Resolves with
   * whether more may be left. A session is created under the id of a removed one when nothing of that is left.
   */
  removeRemains(): Promise<boolean>;
  /** The sessions among these that still run, by one query, each with the turn that runs. */
  stillRunning(ids: string[]): Promise<{ id: string; turnId: string }[]>;
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
