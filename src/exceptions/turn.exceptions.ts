import { AgentSessionsException, shortenId } from './agent-sessions.exception.js';

/** 404: the session has no such turn. */
export class TurnNotFoundException extends AgentSessionsException {
  constructor(turnId: string) {
    super(404, 'turn_not_found', `Turn ${shortenId(turnId)} not found`);
  }
}

/** 409: the session has an unfinished turn, whose id is in the body. */
export class SessionBusyException extends AgentSessionsException {
  constructor(sessionId: string, turnId: string) {
    super(409, 'session_busy', `Session ${sessionId} is still busy with turn ${turnId}`, { turn_id: turnId });
  }
}

/** 409: the session has no unfinished turn to cancel. */
export class NothingRunningException extends AgentSessionsException {
  constructor(sessionId: string) {
    super(409, 'nothing_running', `Session ${sessionId} has no unfinished turn`);
  }
}

/** 409: the given turn is not the unfinished one. */
export class TurnMismatchException extends AgentSessionsException {
  constructor(sessionId: string, turnId: string) {
    super(409, 'turn_mismatch', `The unfinished turn of session ${sessionId} is ${turnId}`, {
      turn_id: turnId,
    });
  }
}
