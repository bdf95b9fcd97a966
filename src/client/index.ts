export { AgentSessionsError } from './agent-sessions.error.js';
export type * from './calls.js';
export type { ClientHeaders, ClientOptions } from './client-options.js';
export { createClient } from './create-client.js';
export type { SessionsClient } from './sessions-client.js';
export type * from '../events/session-event.js';
export type { SessionInterrupt } from '../interrupts/interrupt.js';
export type {
  RequeueReason,
  SettledStatus,
  TurnCode,
  TurnFailureReason,
  TurnOutcome,
} from '../facts/turn-end.js';
export type {
  ChatMessage,
  ChatRole,
  IdentifiedMessage,
  RecordedMessage,
  ToolCall,
} from '../messages/chat-message.js';
export type {
  CreateSessionRequest,
  MessageAccepted,
  MessageRequest,
  ResumeRequest,
  TurnCancelled,
  TurnResumed,
} from '../sessions/session-calls.js';
export type { Session, SessionStatus, SessionSummary } from '../sessions/session.js';
export type { TurnRecord, TurnStatus } from '../turns/turn.js';
export type { WebhookRequest } from '../webhooks/webhook.js';
