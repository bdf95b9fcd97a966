import { Counts } from './counts.js';
import type { DueDelivery } from './delivery.store.js';

/**
 * Maximum number of deliveries that are remembered because they are due soon, per receiver and in total; a later
 * sweep finds the rest.
 */
const MAX_TIMERS = { origin: 50, all: 2_000 };

/** Extra delay before a delivery is started: timers are inexact, and a claim before the due time is refused. */
const START_DELAY_MS = 2;

/** Starts deliveries at the moment when they become due. */
export class SoonDue {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly perOrigin = new Counts();

  constructor(private readonly begin: (due: DueDelivery) => void) {}

  add(due: DueDelivery): void {
    const { id, origin, wait } = due;
    if (this.timers.has(id) || this.timers.size >= MAX_TIMERS.all) return;
    if (this.perOrigin.of(origin) >= MAX_TIMERS.origin) return;
    this.perOrigin.add(origin, 1);
    const timer = setTimeout(() => {
      this.timers.delete(id);
      this.perOrigin.add(origin, -1);
      this.begin({ ...due, wait: 0 });
    }, wait + START_DELAY_MS);
    this.timers.set(id, timer);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.perOrigin.clear();
  }
}
