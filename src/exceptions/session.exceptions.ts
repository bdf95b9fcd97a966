import { AgentSessionsException, shortenId } from './agent-sessions.exception.js';

/** 404: no such session, or it belongs to another owner; the answer is the same in both cases. */
export class SessionNotFoundException extends AgentSessionsException {
  constructor(sessionId: string) {
    super(404, 'session_not_found', `Session ${shortenId(sessionId)} not found`);
  }
}

/** 400: the client's session id is not a UUID. */
export class InvalidSessionIdException extends AgentSessionsException {
  constructor(sessionId: string) {
    super(400, 'invalid_session_id', `session_id must be a UUID, not ${shortenId(sessionId)}`);
  }
}

/** 405: clients may not choose session ids. */
export class CustomIdsDisabledException extends AgentSessionsException {
  constructor() {
    super(405, 'custom_ids_disabled', 'Custom session ids are not enabled; create sessions with POST');
  }
}

/** 409: a session with this id exists. */
export class SessionExistsException extends AgentSessionsException {
  constructor(sessionId: string) {
    super(409, 'session_exists', `Session ${sessionId} already exists`);
  }
}

/** 413: the message, or the state, would make the session's history larger than `maxHistory`. */
export class HistoryTooLargeException extends AgentSessionsException {
  constructor(maxHistory: number) {
    super(413, 'history_too_large', `The history would be larger than ${maxHistory} bytes`);
  }
}

/** 503: there are `maxSessions` sessions already. */
export class SessionLimitReachedException extends AgentSessionsException {
  constructor(maxSessions: number) {
    super(503, 'session_limit_reached', `The limit of ${maxSessions} sessions is reached`);
  }
}
