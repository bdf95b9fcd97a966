/** Maximum length of external text in a log line. */
const MAX_LENGTH = 500;

/** Control characters and Unicode line breaks, which could start a new log line or control a terminal. */
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;

/** External text as one line of limited length. */
export function toLogLine(text: string, maxLength = MAX_LENGTH): string {
  const line = text
    .slice(0, 2 * maxLength)
    .replace(CONTROL, ' ')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** The same for a thrown value, which may be of any type and may throw when it is converted. */
export function toLogText(thrown: unknown): string {
  try {
    return toLogLine(String(thrown));
  } catch {
    return 'an error that cannot be shown';
  }
}
