import { AgentSessionsException } from './agent-sessions.exception.js';

/** 422: the key was used before with another body. */
export class IdempotencyKeyReusedException extends AgentSessionsException {
  constructor() {
    super(422, 'idempotency_key_reused', 'This Idempotency-Key was used before with another body');
  }
}

/** 409: the first request under this key is still being accepted. */
export class IdempotencyInProgressException extends AgentSessionsException {
  constructor() {
    super(
      409,
      'idempotency_in_progress',
      'A request with this Idempotency-Key is still under way; try again',
    );
  }
}
