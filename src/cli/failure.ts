/** A failure of the command with a message for the user; no stack trace is shown. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** Prints the error in one line, without a stack trace, and exits with code 1. */
export function reportFailure(error: unknown): never {
  process.stderr.write(`agent-sessions: ${oneLine(error)}\n`);
  process.exit(1);
}

/** An error's message in one line; for an AggregateError the messages of its errors. */
export function oneLine(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((inner) => oneLine(inner)).join('; ');
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.trim().replace(/\s*[\r\n]+\s*/g, ' ');
}
