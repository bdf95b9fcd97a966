/** How far a pause may be from what it should be, so that receivers are not asked by everybody at once. */
const JITTER = 0.1;

/** No receiver can put a delivery off for longer than this, in ms. */
const LONGEST_RETRY_AFTER = 24 * 60 * 60_000;

/**
 * Milliseconds until the next attempt, after the given number of tries; undefined where there is none. A
 * receiver may ask for more time than the schedule says.
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
  return Math.max(jittered, Math.min(retryAfter, LONGEST_RETRY_AFTER));
}
