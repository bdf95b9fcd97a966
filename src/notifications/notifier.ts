/** Injection token of the {@link Notifier}. */
export const NOTIFIER = Symbol.for('nestjs-agent-sessions:notifier');

/** The changed session and turn, without contents. */
export interface SessionChange {
  sessionId: string;
  /** The turn that has ended; absent if the session as a whole has changed. */
  turnId?: string;
  /** Present if the session's log has grown and nothing has ended: of interest for those that follow it. */
  onlyLog?: true;
}

/**
 * Notifies every process that a session has changed. Subscribers read the change from the database. A notification
 * may be lost, duplicated or late.
 */
export interface Notifier {
  /** Never throws and never waits. */
  publish(change: SessionChange): void;
  /** Listens to the notifications of all processes; returns a function that stops. */
  subscribe(listener: (change: SessionChange) => void): () => void;
  /** Closes all connections, in limited time. */
  close(): Promise<void>;
}
