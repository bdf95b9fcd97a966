const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The pauses before the second and each later attempt, in ms: 8 attempts over about a day. */
export const DEFAULT_RETRY_DELAYS: readonly number[] = [
  2 * SECOND,
  15 * SECOND,
  1 * MINUTE,
  10 * MINUTE,
  1 * HOUR,
  6 * HOUR,
  16 * HOUR,
];

/** How far a pause may be from what it should be, so that receivers are not asked by everybody at once. */
const JITTER = 0.1;

/** No receiver can put a delivery off for longer than this, in ms. */
const LONGEST_RETRY_AFTER = 24 * HOUR;

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
