/**
 * Microseconds since 1970. Never goes back and never returns the same instant twice. A wall clock that is set back is
 * not followed, because leases would not expire until it has caught up; one that jumps ahead is followed.
 */
export class SqliteClock {
  /** The greatest difference seen between the wall clock and this process's uptime. */
  private offset = -Infinity;
  private last = 0;

  /** Unique, so that the order of creation is kept. */
  now(): number {
    const running = Math.floor(performance.now() * 1000);
    this.offset = Math.max(this.offset, Date.now() * 1000 - running);
    this.last = Math.max(this.last + 1, running + this.offset);
    return this.last;
  }
}
