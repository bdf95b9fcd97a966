import { withDeadline } from '../timing/timers.js';

/** How long a call may take, in ms. */
const DEADLINE = 2_000;

/** How many calls may be under way at once; further ones are dropped, so that a slow Redis costs no memory. */
const MAX_UNDER_WAY = 1_000;

/** Calls that nobody waits for and that may be lost. */
export class BestEffort {
  private underWay = 0;

  constructor(private readonly onFailure: (error: unknown) => void) {}

  attempt(call: () => Promise<unknown>): void {
    if (this.underWay >= MAX_UNDER_WAY) return;
    this.underWay++;
    withDeadline(Promise.resolve().then(call), DEADLINE)
      .catch(this.onFailure)
      .finally(() => this.underWay--);
  }
}
