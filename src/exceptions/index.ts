export { AgentSessionsException, type ErrorBody, type ErrorCode } from './agent-sessions.exception.js';
export * from './database.exceptions.js';
export * from './idempotency.exceptions.js';
export * from './request.exceptions.js';
export * from './session.exceptions.js';
export * from './turn.exceptions.js';
export * from './webhook.exceptions.js';
