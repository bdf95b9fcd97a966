/** The longest text of foreign origin in one line of a log. */
const MAX_LENGTH = 500;

/** Control characters and Unicode's line breaks, which would begin a new line of the log or control a terminal. */
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

/** A text of foreign origin as one line of bounded length. */
export function toLogLine(text: string): string {
  const line = text
    .slice(0, 2 * MAX_LENGTH)
    .replace(CONTROL, ' ')
    .trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** The same of what was thrown, which may be anything, and may throw itself when it is read. */
export function toLogText(thrown: unknown): string {
  try {
    return toLogLine(String(thrown));
  } catch {
    return 'an error that cannot be shown';
  }
}
