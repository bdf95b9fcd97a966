import { Counts } from './counts.js';
import type { DueDelivery } from './delivery.store.js';

/** How many deliveries that are due soon are kept in mind, to one receiver and in all; the rest is found later. */
const KEPT = { origin: 50, all: 2_000 };

/** A delivery is begun so much later, in ms: timers are not exact, and a claim before its time is refused. */
const LATER_MS = 2;

/** Deliveries that are begun in the moment in which they are due. */
export class SoonDue {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly perOrigin = new Counts();

  constructor(private readonly begin: (due: DueDelivery) => void) {}

  add(due: DueDelivery): void {
    const { id, origin, wait } = due;
    if (this.timers.has(id) || this.timers.size >= KEPT.all) return;
    if (this.perOrigin.of(origin) >= KEPT.origin) return;
    this.perOrigin.add(origin, 1);
    const timer = setTimeout(() => {
      this.timers.delete(id);
      this.perOrigin.add(origin, -1);
      this.begin({ ...due, wait: 0 });
    }, wait + LATER_MS);
    this.timers.set(id, timer);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.perOrigin.clear();
  }
}
