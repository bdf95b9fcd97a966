import { AgentSessionsException } from './agent-sessions.exception.js';

/** 503: the database does not answer; nothing was accepted unless a retry shows otherwise. */
export class DatabaseUnavailableException extends AgentSessionsException {
  constructor(cause: unknown) {
    super(503, 'database_unavailable', 'The database is not available', {}, cause);
  }
}

/** 503: somebody else held the rows for too long; trying again is safe, nothing was changed. */
export class TryAgainException extends AgentSessionsException {
  constructor(cause?: unknown) {
    super(503, 'try_again', 'The session is locked by another operation; try again', {}, cause);
  }
}

/** 503: the database refused what the statement says, for a reason that a retry does not change. */
export class DatabaseRejectedException extends AgentSessionsException {
  constructor(cause?: unknown) {
    super(503, 'database_unavailable', 'The database is not available', {}, cause);
  }
}
