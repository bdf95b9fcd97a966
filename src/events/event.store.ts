import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../owners/session-scope.js';
import type { AgentEvent, SessionEvent } from './session-event.js';

/** Injection token of the {@link EventStore}. */
export const EVENT_STORE = Symbol.for('nestjs-agent-sessions:event-store');

/** Any event of a log. */
export type AnyEvent = SessionEvent<AgentEvent>;

/** What a run has emitted. The attempt is the fence: a run that is lost appends nothing. */
export interface EmittedEvents {
  turnId: string;
  sessionId: string;
  attempt: number;
  /** `data` is JSON text: the event's own fields. */
  events: { type: string; data: string; bytes: number }[];
}

/** The outcome of an append. A run in neither list is held, but a transaction has locked its turn: try again later. */
export interface Appended {
  /** The turns whose events were appended. */
  appended: string[];
  /** The turns that have ended or that another run has claimed. */
  lost: string[];
}

/** A session as it was found: another session that has its id later is a different one. */
export interface FoundLog {
  sessionId: string;
  /** Identifies the session among those that have had its id. */
  created: string;
}

/** Where a log stands. */
export interface LogPosition extends FoundLog {
  /** The last event. */
  last: number;
  /** The first event of the unfinished turn; undefined if there is none. */
  unfinished?: number;
  /** The turn that was asked for; undefined if the session has none such. */
  turn?: { first: number; last: number; isOver: boolean };
}

/** A place in a log from which to read on. */
export interface LogPlace extends FoundLog {
  /** The last event that was read. */
  after: number;
}

/** What comes next in a log. */
export interface LogBatch {
  events: AnyEvent[];
  /** Whether there may be more. */
  hasMore: boolean;
}

/**
 * The logs of the sessions. The events of a turn's transitions are written by the TurnStore, in the transaction of
 * the transition; this port adds what agents emit, and reads. Ids of one session are given under the lock of its
 * unfinished turn, so that they have no gaps and the order of commit. Throws DatabaseUnavailableException,
 * TryAgainException and DatabaseRejectedException, as the TurnStore.
 */
export interface EventStore {
  /**
   * Appends what runs have emitted, in one statement for all of them. Waits for no turn that another transaction has
   * locked. Atomic for each run. Prevents a lost run from adding to a log that another run continues.
   */
  append(runs: EmittedEvents[]): Promise<Appended>;

  /** Where the log of a session stands; undefined if there is no such session. */
  position(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<LogPosition | undefined>;

  /** The last event of each session that still exists, by session. */
  positions(sessions: FoundLog[]): Promise<Map<string, number>>;

  /** What follows each place, in one statement; undefined where the session does not exist any more. */
  read(places: LogPlace[]): Promise<(LogBatch | undefined)[]>;

  /**
   * Removes the events that do not last of up to `limit` turns that ended more than `retention` ms ago; returns the
   * number of these turns. Atomic for each turn.
   */
  compact(retention: number, limit: number): Promise<number>;
}
