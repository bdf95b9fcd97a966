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
