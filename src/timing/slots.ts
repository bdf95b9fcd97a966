import { after } from './timers.js';

/** A counting semaphore. Requests that find no free slot wait in FIFO order. */
export class Slots {
  private taken = 0;
  private closed = false;
  private readonly waiting: ((granted: boolean) => void)[] = [];

  constructor(readonly size: number) {}

  /** Number of slots that are free now. */
  get free(): number {
    return this.closed ? 0 : this.size - this.taken;
  }

  /** Takes a slot if one is free. */
  tryAcquire(): boolean {
    if (this.free <= 0) return false;
    this.taken++;
    return true;
  }

  /** Waits for a slot; false after `timeoutMs` or if closed first. */
  async acquire(timeoutMs?: number): Promise<boolean> {
    if (this.tryAcquire()) return true;
    if (this.closed || this.size === 0) return false;
    return new Promise((resolve) => {
      const answer = (granted: boolean) => {
        stopTimer();
        resolve(granted);
      };
      const stopTimer = after(timeoutMs, () => {
        this.waiting.splice(this.waiting.indexOf(answer), 1);
        resolve(false);
      });
      this.waiting.push(answer);
    });
  }

  /** Frees a slot, or passes it to the first request in the queue. */
  release(): void {
    const next = this.waiting.shift();
    if (next) next(true);
    else this.taken--;
  }

  /** Grants no further slots. */
  close(): void {
    this.closed = true;
    for (const answer of this.waiting.splice(0)) answer(false);
  }
}
