import type { ExpiringLease } from './turn-run.js';

/** A lease as first seen overdue. */
interface SeenLease {
  leaseUntil: string;
  /** On this process's monotonic clock. */
  at: number;
  /** The number of the check in which it was last seen. */
  look: number;
}

/**
 * Distinguishes a dead worker from a database clock that was set forward: then all leases look expired at once,
 * although their workers live and renew them. A lease counts as expired if it was overdue for one renewal interval
 * without being renewed. The overdue time of a dead worker's lease starts before it expires, so takeovers are not
 * delayed by this check.
 */
export class LeaseWatch {
  private readonly seen = new Map<string, SeenLease>();
  private look = 0;

  constructor(private readonly graceMs: number) {}

  /**
   * Starts a check of all leases. A lease that was not seen in the previous check was renewed, or its run has ended.
   */
  begin(): void {
    for (const [key, { look }] of this.seen) if (look < this.look) this.seen.delete(key);
    this.look++;
  }

  /** Whether an overdue lease has been overdue for long enough. */
  confirms({ turnId, attempt, leaseUntil }: ExpiringLease): boolean {
    const key = `${turnId} ${attempt}`;
    const known = this.seen.get(key);
    const now = performance.now();
    if (known?.leaseUntil !== leaseUntil) {
      this.seen.set(key, { leaseUntil, at: now, look: this.look });
      return this.graceMs === 0;
    }
    known.look = this.look;
    return now - known.at >= this.graceMs;
  }
}
