import { AgentSessionsException } from './agent-sessions.exception.js';

/** 422: the request does not fit; each line names a field. */
export class ValidationFailedException extends AgentSessionsException {
  constructor(problems: string[]) {
    super(422, 'validation_failed', problems);
  }
}

/** 400: the body is no JSON. */
export class MalformedJsonException extends AgentSessionsException {
  constructor() {
    super(400, 'malformed_json', 'The body is not valid JSON');
  }
}

/** 413: the body is larger than the server takes. */
export class PayloadTooLargeException extends AgentSessionsException {
  constructor(limit: string) {
    super(413, 'payload_too_large', `The body is larger than ${limit}`);
  }
}

/** 401: no credentials, or wrong ones. */
export class UnauthorizedRequestException extends AgentSessionsException {
  constructor(message = 'Send a valid Authorization: Bearer header') {
    super(401, 'unauthorized', message);
  }
}

/** 503: the server holds as many request bodies as it can; nothing was changed, so trying again is safe. */
export class ServerBusyException extends AgentSessionsException {
  /** After how many seconds to try again: bodies are held for no longer than it takes to store them. */
  readonly retryAfter = 1;

  constructor() {
    super(503, 'try_again', 'The server is reading too many request bodies at once; try again');
  }
}
