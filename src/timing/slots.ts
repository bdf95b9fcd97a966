import { after } from './timers.js';

/**
 * A number of places for things that run at once. Those that find none free wait in the order in which they came.
 */
export class Slots {
  private taken = 0;
  private closed = false;
  private readonly waiting: ((granted: boolean) => void)[] = [];

  constructor(readonly size: number) {}

  /** How many are free at this moment. */
  get free(): number {
    return this.closed ? 0 : this.size - this.taken;
  }

  /** Takes a place if one is free. */
  tryAcquire(): boolean {
    if (this.free <= 0) return false;
    this.taken++;
    return true;
  }

  /** Waits for a place; false where the time (ms) is up, or it closed, before there was one. */
  async acquire(time?: number): Promise<boolean> {
    if (this.tryAcquire()) return true;
    if (this.closed || this.size === 0) return false;
    return new Promise((resolve) => {
      const answer = (granted: boolean) => {
        stopTimer();
        resolve(granted);
      };
      const stopTimer = after(time, () => {
        this.waiting.splice(this.waiting.indexOf(answer), 1);
        resolve(false);
      });
      this.waiting.push(answer);
    });
  }

  /** Gives a place back, which goes to the first that waits. */
  release(): void {
    const next = this.waiting.shift();
    if (next) next(true);
    else this.taken--;
  }

  /** Grants nothing more. */
  close(): void {
    this.closed = true;
    for (const answer of this.waiting.splice(0)) answer(false);
  }
}
