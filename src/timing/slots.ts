import { after } from './timers.js';

interface Waiter {
  places: number;
  answer: (granted: boolean) => void;
}

/**
 * A number of places for things that run at once. Those that find too few free wait in the order in which they
 * came; one that wants all of them lets nobody pass while the places empty.
 */
export class Slots {
  private taken = 0;
  private closed = false;
  private readonly waiting: Waiter[] = [];

  constructor(readonly size: number) {}

  /** How many are free at this moment. */
  get free(): number {
    return this.closed || this.waiting.length > 0 ? 0 : this.size - this.taken;
  }

  /** Takes a place if one is free. */
  tryAcquire(): boolean {
    if (this.free <= 0) return false;
    this.taken++;
    return true;
  }

  /** Waits for a place; false where the time (ms) is up, or it closed, before there was one. */
  async acquire(time?: number): Promise<boolean> {
    return this.tryAcquire() || this.wait(1, time);
  }

  /** Waits until it has every place; false where it closed before that. */
  async acquireAll(): Promise<boolean> {
    return this.wait(this.size);
  }

  release(): void {
    this.taken--;
    this.grant();
  }

  releaseAll(): void {
    this.taken -= this.size;
    this.grant();
  }

  /** Grants nothing more. */
  close(): void {
    this.closed = true;
    for (const { answer } of this.waiting.splice(0)) answer(false);
  }

  private async wait(places: number, time?: number): Promise<boolean> {
    if (this.closed || this.size === 0) return false;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        places,
        answer: (granted) => {
          stopTimer();
          resolve(granted);
        },
      };
      const stopTimer = after(time, () => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        resolve(false);
        this.grant();
      });
      this.waiting.push(waiter);
      this.grant();
    });
  }

  private grant(): void {
    for (let [next] = this.waiting; next && next.places <= this.size - this.taken; [next] = this.waiting) {
      this.waiting.shift();
      this.taken += next.places;
      next.answer(true);
    }
  }
}
