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
