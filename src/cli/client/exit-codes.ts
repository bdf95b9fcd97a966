import type { SessionStatus } from '../../client/index.js';

/** Exit codes that tell how a turn has ended. */
const EXIT_CODES: Record<SessionStatus, number> = { idle: 0, running: 0, error: 3, interrupted: 4 };

export const EXIT_CODES_HELP = `
Exit code: 0, or 1 if the request failed, 3 if the turn ended in an error, 4 if it waits for a person.`;

/** The exit code of a command that waited for a turn. */
export function exitCodeOf({ status }: { status: SessionStatus }): number {
  return EXIT_CODES[status];
}
