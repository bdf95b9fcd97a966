import { Counts } from './counts.js';
import type { DueDelivery } from './delivery.store.js';

/**
 * Maximum number of due deliveries that a process remembers, per receiver, per session and in total; the rest is
 * found in the database.
 */
const MAX_WAITING = { origin: 200, session: 20, all: 5_000 };

/** Due deliveries that wait for a free slot. */
export class WaitingDeliveries {
  private readonly origins = new Map<string, Map<string, DueDelivery>>();
  private readonly perSession = new Counts();
  private size = 0;
  /** Whether some were not remembered and remain only in the database. */
  private isCut = false;

  add(due: DueDelivery): void {
    const ofOrigin = this.origins.get(due.origin) ?? new Map<string, DueDelivery>();
    if (ofOrigin.has(due.id)) return;
    const ofSession = this.perSession.of(due.sessionId);
    if (
      ofOrigin.size >= MAX_WAITING.origin ||
      ofSession >= MAX_WAITING.session ||
      this.size >= MAX_WAITING.all
    ) {
      this.isCut = true;
      return;
    }
    this.origins.set(due.origin, ofOrigin.set(due.id, due));
    this.perSession.add(due.sessionId, 1);
    this.size++;
  }

  /**
   * Removes those that `begin` has started, for receivers that are open; in FIFO order per receiver. True if the
   * database has more.
   */
  begin(isOpen: (origin: string) => boolean, begin: (due: DueDelivery) => boolean): boolean {
    let isOneDone = false;
    for (const [origin, waiting] of this.origins) {
      for (const due of waiting.values()) {
        if (!isOpen(origin)) break;
        if (!begin(due)) continue;
        waiting.delete(due.id);
        this.perSession.add(due.sessionId, -1);
        this.size--;
      }
      if (waiting.size > 0) continue;
      this.origins.delete(origin);
      isOneDone = true;
    }
    const findMore = isOneDone && this.isCut;
    if (findMore) this.isCut = false;
    return findMore;
  }

  clear(): void {
    this.origins.clear();
    this.perSession.clear();
    this.size = 0;
  }
}
