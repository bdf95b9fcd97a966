/** Amounts by key; keys with the amount 0 use no memory. */
export class Counts {
  private readonly counts = new Map<string, number>();

  of(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  add(key: string, amount: number): void {
    const count = this.of(key) + amount;
    if (count > 0) this.counts.set(key, count);
    else this.counts.delete(key);
  }

  /** The keys with this amount or more. */
  from(amount: number): string[] {
    return [...this.counts].filter(([, count]) => count >= amount).map(([key]) => key);
  }

  clear(): void {
    this.counts.clear();
  }
}
