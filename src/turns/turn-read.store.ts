import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../owners/session-scope.js';
import type { TurnPage, TurnRecord, TurnStatus } from './turn.js';

/** What a client of a UI protocol calls the message that starts a turn, and the run. */
export interface ClientNames {
  messageId: string;
  runId?: string | undefined;
}

/** A turn as clients of the UI protocols know it. */
export interface ClientTurn extends Partial<ClientNames> {
  turnId: string;
  status: TurnStatus;
  attempt: number;
}

/** The reads of the TurnStore. */
export interface TurnReadStore {
  /** The turns that have been queued for longest, except those queued in the last `olderThan` ms. */
  queued(limit: number, olderThan: number): Promise<string[]>;

  /** One turn of a session; undefined if there is no such session. */
  find(
    scope: SessionScope,
    sessionId: string,
    turnId: string,
    manager?: EntityManager,
  ): Promise<{ turn?: TurnRecord } | undefined>;

  /**
   * A session's turns, oldest first, after the one with the number `after`: at most `limit`, and fewer if they are
   * large. Undefined if there is no such session.
   */
  list(
    scope: SessionScope,
    sessionId: string,
    page: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<TurnPage | undefined>;

  /**
   * Turns of a session as clients of the UI protocols know them: those with these ids, or the last that a message of
   * this id has started. Fewer if there are not so many; none if there is no such session.
   */
  clientTurns(
    scope: SessionScope,
    sessionId: string,
    which: { turnIds: string[] } | { messageId: string },
  ): Promise<ClientTurn[]>;
}
