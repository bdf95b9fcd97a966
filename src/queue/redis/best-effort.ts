import { withDeadline } from '../../timing/timers.js';

/** Time limit of a call. */
const DEADLINE_MS = 2_000;

/** Maximum number of concurrent calls; further ones are dropped, so that a slow Redis costs no memory. */
export const MAX_UNDER_WAY = 1_000;

/** Callbacks for failures. */
export interface BestEffortFailures {
  /** A call failed or took too long. */
  failed(error: unknown): void;
  /** The number of calls that were dropped beyond the limit; called once there are fewer. */
  dropped(count: number): void;
}

/** Calls that are not awaited and may be lost. */
export class BestEffort {
  private underWay = 0;
  private dropped = 0;

  constructor(private readonly failures: BestEffortFailures) {}

  attempt(call: () => Promise<unknown>): void {
    if (this.underWay >= MAX_UNDER_WAY) {
      this.dropped++;
      return;
    }
    this.underWay++;
    withDeadline(Promise.resolve().then(call), DEADLINE_MS)
      .catch((error: unknown) => {
        this.failures.failed(error);
      })
      .finally(() => {
        this.settled();
      });
  }

  private settled(): void {
    this.underWay--;
    if (this.dropped === 0 || this.underWay > MAX_UNDER_WAY / 2) return;
    this.failures.dropped(this.dropped);
    this.dropped = 0;
  }
}
