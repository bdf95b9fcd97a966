import type { ExpiringLease } from './turn.store.js';

/** A lease as it was when it was first seen to be late. */
interface SeenLease {
  leaseUntil: string;
  /** On this process's monotonic clock. */
  at: number;
  /** In which look it was last seen. */
  look: number;
}

/**
 * Tells a worker that died from a clock of the database that was set forward: then all leases look expired at once,
 * though their workers live and renew them. A lease counts as expired when it has been seen late, and not been
 * renewed since, for one interval of renewals. A dead worker's lease is late before it expires, so that its turns
 * are not taken over later for that.
 */
export class LeaseWatch {
  private readonly seen = new Map<string, SeenLease>();
  private look = 0;

  constructor(private readonly graceMs: number) {}

  /** Begins a look at all leases. What was not seen in the one before was renewed, or its run has ended. */
  begin(): void {
    for (const [key, { look }] of this.seen) if (look < this.look) this.seen.delete(key);
    this.look++;
  }

  /** Whether a lease that is late has been so for long enough. */
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
