import { AgentSessionsException } from './agent-sessions.exception.js';

/** 503: the database does not respond. The outcome is unknown: the operation may or may not have been committed. */
export class DatabaseUnavailableException extends AgentSessionsException {
  constructor(cause: unknown) {
    super(503, 'database_unavailable', 'The database is not available', {}, cause);
  }
}

/**
 * 503: the database refuses the write permanently, because of a trigger or constraint of the host's, a character that
 * its encoding lacks, a value that is too large or a missing table. Nothing was changed.
 */
export class DatabaseRejectedException extends AgentSessionsException {
  constructor(cause: unknown) {
    super(503, 'database_unavailable', 'The database did not accept the change', {}, cause);
  }
}

/** 503: another transaction held a lock for too long. Nothing was changed, so a retry is safe. */
export class TryAgainException extends AgentSessionsException {
  constructor(cause?: unknown, message = 'The session is locked by another operation; try again') {
    super(503, 'try_again', message, {}, cause);
  }
}
