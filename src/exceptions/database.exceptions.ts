import { AgentSessionsException } from './agent-sessions.exception.js';

/** 503: the database does not answer; nothing was accepted unless a retry shows otherwise. */
export class DatabaseUnavailableException extends AgentSessionsException {
  constructor(cause: unknown) {
    super(503, 'database_unavailable', 'The database is not available', {}, cause);
  }
}

/**
 * 503: the database refuses what was to be written, and would again: a trigger or constraint of the host's, a
 * character that its encoding lacks, a value that is too large, a table that is missing. Nothing was changed.
 */
export class DatabaseRejectedException extends AgentSessionsException {
  constructor(cause: unknown) {
    super(503, 'database_unavailable', 'The database did not accept the change', {}, cause);
  }
}

/** 503: another operation held the rows for too long; a retry is safe, nothing was changed. */
export class TryAgainException extends AgentSessionsException {
  constructor(cause?: unknown) {
    super(503, 'try_again', 'The session is locked by another operation; try again', {}, cause);
  }
}
