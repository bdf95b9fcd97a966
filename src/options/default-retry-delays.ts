const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The pauses before the second and each later attempt, in ms: 8 attempts over about a day. */
export const DEFAULT_RETRY_DELAYS: readonly number[] = [
  2 * SECOND_MS,
  15 * SECOND_MS,
  1 * MINUTE_MS,
  10 * MINUTE_MS,
  1 * HOUR_MS,
  6 * HOUR_MS,
  16 * HOUR_MS,
];
