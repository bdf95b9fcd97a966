/** Injection token of the {@link Notifier}. */
export const NOTIFIER = Symbol.for('nestjs-agent-sessions:notifier');

/** What has changed; never more than ids. */
export interface SessionChange {
  sessionId: string;
  /** The turn that has ended; absent where the session as a whole has changed. */
  turnId?: string;
}

/**
 * Tells every process that something about a session has changed, and no more than that: what it is, subscribers read
 * from the database. A notification may be lost, repeated or late.
 */
export interface Notifier {
  /** Never throws and never waits. */
  publish(change: SessionChange): void;
  /** Listens to this process's notifications and to all others'; returns how to stop. */
  subscribe(listener: (change: SessionChange) => void): () => void;
  /** Closes all connections, in bounded time. */
  close(): Promise<void>;
}
