import { setTimeout as sleep } from 'node:timers/promises';

/** What is left of a type once `if (value)` has let it through. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

export interface UntilOptions {
  /** What is waited for, for the message when it does not come. */
  what: string;
  /** Milliseconds to wait at most; 10,000 by default. */
  timeoutMs?: number;
  /** Milliseconds between two looks; 20 by default. */
  intervalMs?: number;
}

/**
 * Looks again and again until the condition gives something truthy, and returns that. For events that give no
 * hook. What the condition throws is thrown at once.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000, intervalMs = 20 }: UntilOptions,
): Promise<Truthy<T>> {
  const ended = new AbortController();
  const deadline = sleep(timeoutMs, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
  });
  deadline.catch(() => undefined);
  try {
    for (;;) {
      const value = await Promise.race([condition(), deadline]);
      if (value) return value as Truthy<T>;
      await Promise.race([sleep(intervalMs), deadline]);
    }
  } finally {
    ended.abort();
  }
}
