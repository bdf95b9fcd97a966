/** Injection token of the {@link Notifier}. */
export const NOTIFIER = Symbol.for('nestjs-agent-sessions:notifier');

/** What has changed; never more than ids. */
export interface SessionChange {
  sessionId: string;
  /** The turn that has ended; absent where the session as a whole has changed. */
  turnId?: string;
}

/**
 * Tells every process that something about a session has changed, no more than that: whoever cares looks into
 * the database. A notification may be lost, doubled or late.
 */
export interface Notifier {
  /** Never throws and never waits. */
  publish(change: SessionChange): void;
  /** Listens to this process's notifications and to all others'; returns how to stop. */
  subscribe(listener: (change: SessionChange) => void): () => void;
  /** Lets go of all connections, in bounded time. */
  close(): Promise<void>;
}
