/** Something that keeps the command from doing its work; the message is all that the user needs. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** Says in one line what went wrong, without a stack trace, and ends the process with code 1. */
export function reportFailure(error: unknown): never {
  process.stderr.write(`agent-sessions: ${oneLine(error)}\n`);
  process.exit(1);
}

/** An error's message in one line; of an error that gathers others, theirs. */
export function oneLine(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((inner) => oneLine(inner)).join('; ');
  }
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.trim().replace(/\s*[\r\n]+\s*/g, ' ');
}
