import { SessionNotFoundException } from '../exceptions/index.js';
import { canonicalUuid } from '../validation/session-id.js';

/** The id in the form that the database has. Throws SessionNotFoundException for a text that no session has as its id. */
export function idOf(sessionId: string): string {
  return requireFound(sessionId, canonicalUuid(sessionId));
}

/** What was read of a session. Throws SessionNotFoundException if nothing was, because there is no such session. */
export function requireFound<T>(sessionId: string, read: T | undefined): T {
  if (read === undefined) throw new SessionNotFoundException(sessionId);
  return read;
}
