/** Random deviation of a pause, so that receivers do not get all retries at the same time. */
const JITTER = 0.1;

/** The maximum delay that a receiver can request. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60_000;

/**
 * Milliseconds until the next attempt after the given number of tries; undefined if none is left. A receiver may
 * request a longer pause than the schedule's.
 */
export function retryDelay(
  delays: readonly number[],
  tries: number,
  retryAfter = 0,
  random: () => number = Math.random,
): number | undefined {
  const delay = delays[tries - 1];
  if (delay === undefined) return undefined;
  const jittered = delay * (1 + JITTER * (2 * random() - 1));
  return Math.max(jittered, Math.min(retryAfter, MAX_RETRY_AFTER_MS));
}
