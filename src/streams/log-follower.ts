import type { AnyEvent, LogBatch, LogPlace } from '../events/event.store.js';

/** What a follower asks of those who read for it. */
export interface LogReader {
  /** The follower waits for events, and there may be some. */
  read(follower: LogFollower): void;
  /** The follower has ended. */
  forget(follower: LogFollower): void;
}

/**
 * One reader of a session's log. It holds one batch at most: a reader that is slow is read for again when it has
 * taken what there is.
 */
export class LogFollower {
  /** Whether the log may have more than was read. */
  private mayHaveMore = true;
  private isOver = false;
  private resolve: ((events: AnyEvent[] | undefined) => void) | undefined;

  constructor(
    readonly place: LogPlace,
    private readonly reader: LogReader,
  ) {}

  /** Whether it waits for events. */
  get isWaiting(): boolean {
    return this.resolve !== undefined;
  }

  /** The next events, once there are some; undefined after the last. One call at a time. */
  next(): Promise<AnyEvent[] | undefined> {
    if (this.isOver) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.resolve = resolve;
      if (this.mayHaveMore) this.reader.read(this);
    });
  }

  /** The log has grown. */
  wake(): void {
    this.mayHaveMore = true;
    if (this.isWaiting) this.reader.read(this);
  }

  /** Its log is about to be read. */
  reading(): void {
    this.mayHaveMore = false;
  }

  /** What was read at its place; undefined if the session does not exist any more. */
  give(batch: LogBatch | undefined): void {
    // It was woken during an earlier reading, which has given it something: this would be lost.
    if (!this.isWaiting) {
      this.mayHaveMore = true;
      return;
    }
    if (!batch) {
      this.deliver([this.deleted()]);
      this.stop();
      return;
    }
    if (batch.hasMore) this.mayHaveMore = true;
    if (batch.events.length > 0) this.deliver(batch.events);
    else if (this.mayHaveMore) this.reader.read(this);
  }

  /** Ends it: a waiting call gets undefined. */
  stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.reader.forget(this);
    this.deliver(undefined);
  }

  private deliver(events: AnyEvent[] | undefined): void {
    this.place.after = events?.at(-1)?.id ?? this.place.after;
    this.resolve?.(events);
    this.resolve = undefined;
  }

  private deleted(): AnyEvent {
    const { sessionId, after } = this.place;
    const event = {
      id: after + 1,
      type: 'session.deleted',
      session_id: sessionId,
      turn_id: null,
      attempt: null,
    };
    return { ...event, at: new Date().toISOString() } as AnyEvent;
  }
}
