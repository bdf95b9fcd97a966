import { setTimeout as sleep } from 'node:timers/promises';

/** The type of a value after `if (value)`. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

export interface UntilOptions {
  /** The condition, for the error message. */
  what: string;
  /** Time limit in ms; 10,000 by default. */
  timeoutMs?: number;
  /** Pause between two checks in ms; 20 by default. */
  intervalMs?: number;
}

/**
 * Polls a condition until it returns a truthy value, and returns that. For conditions without an event. Errors of the
 * condition are thrown at once.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000, intervalMs = 20 }: UntilOptions,
): Promise<Truthy<T>> {
  const ended = new AbortController();
  const deadline = sleep(timeoutMs, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`Timed out after ${timeoutMs} ms waiting for ${what}`);
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
