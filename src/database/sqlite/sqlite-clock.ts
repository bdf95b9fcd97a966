/**
 * Microseconds since 1970. Never goes back and never stands still: a wall clock that is set back is not followed,
 * since leases would then not expire until it has caught up; one that is ahead is followed.
 */
export class SqliteClock {
  /** The greatest difference seen between the wall clock and the time that this process has run. */
  private offset = -Infinity;
  private last = 0;

  /** Never the same instant twice, so that the order of creation is kept. */
  now(): number {
    const running = Math.floor(performance.now() * 1000);
    this.offset = Math.max(this.offset, Date.now() * 1000 - running);
    this.last = Math.max(this.last + 1, running + this.offset);
    return this.last;
  }
}
