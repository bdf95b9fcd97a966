import { AgentSessionsException } from './agent-sessions.exception.js';

/** 422: the request is invalid; each line names a field. */
export class ValidationFailedException extends AgentSessionsException {
  constructor(
    /** One line for each bad field. */
    readonly problems: string[],
  ) {
    super(422, 'validation_failed', problems);
  }
}

/** 400: the body is not valid JSON. */
export class MalformedJsonException extends AgentSessionsException {
  constructor() {
    super(400, 'malformed_json', 'The body is not valid JSON');
  }
}

/** 413: the body is larger than the server accepts. */
export class PayloadTooLargeException extends AgentSessionsException {
  constructor(limit: string) {
    super(413, 'payload_too_large', `The body is larger than ${limit}`);
  }
}

/** 401: credentials are missing or wrong. */
export class UnauthorizedRequestException extends AgentSessionsException {
  constructor(message = 'Send a valid Authorization: Bearer header') {
    super(401, 'unauthorized', message);
  }
}

/** 503: the server holds the maximum of request bodies. Nothing was changed, so a retry is safe. */
export class ServerBusyException extends AgentSessionsException {
  /** Seconds until a retry. One is enough, because a body is held only until it is stored. */
  readonly retryAfter = 1;

  constructor() {
    super(503, 'try_again', 'The server is reading too many request bodies at once; try again');
  }
}
