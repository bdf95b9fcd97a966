/** A number of places for things that run at once; those that find none wait in the order in which they came. */
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

  /** Waits for a place; false where it closed before there was one. */
  async acquire(): Promise<boolean> {
    if (this.tryAcquire()) return true;
    return this.closed ? false : new Promise((resolve) => this.waiting.push(resolve));
  }

  release(): void {
    const next = this.waiting.shift();
    if (next) next(true);
    else this.taken--;
  }

  /** Grants nothing more. */
  close(): void {
    this.closed = true;
    for (const refuse of this.waiting.splice(0)) refuse(false);
  }
}
