export type {
  Agent,
  AgentFunction,
  InterruptOptions,
  InterruptPayload,
  StepOptions,
  Turn,
  TurnEvent,
  TurnOutput,
} from './agents/agent.js';
export { type AskOptions, askUser, requireApproval } from './agents/ask.js';
export type { AgentProvider } from './agents/agent-provider.js';
export { entities } from './database/entities/index.js';
export { migrations } from './database/migrations/index.js';
export type {
  AboutEvent,
  AboutRunEvent,
  AboutTurnEvent,
  AgentEvent,
  LoggedMessageDelta,
  LoggedReasoningDelta,
  LoggedSessionDeleted,
  SessionEvent,
  LoggedStepCompleted,
  LoggedToolCall,
  LoggedToolResult,
  LoggedTurnCompleted,
  LoggedTurnFailed,
  LoggedTurnInterrupted,
  LoggedTurnQueued,
  LoggedTurnRequeued,
  LoggedTurnResumed,
  LoggedTurnStarted,
} from './events/session-event.js';
export * from './exceptions/index.js';
export type { Health } from './operations/health.service.js';
export { type SessionsHealth, SessionsHealthIndicator } from './operations/sessions-health.indicator.js';
export {
  getSessionsHealthToken,
  getSessionsToken,
  InjectSessions,
  InjectSessionsHealth,
} from './module/tokens.js';
export * from './lifecycle-events/lifecycle-events.js';
export type {
  AboutDelivery,
  AboutRun,
  AboutSession,
  AboutTurn,
  DeliveryFailed,
  DeliveryRetrying,
  TurnCompleted,
  TurnFailed,
  TurnInterrupted,
  TurnRequeued,
  TurnStarted,
} from './facts/fact.js';
export type {
  RequeueReason,
  SettledStatus,
  TurnCode,
  TurnFailureReason,
  TurnOutcome,
} from './facts/turn-end.js';
export type {
  ChatMessage,
  ChatRole,
  IdentifiedMessage,
  RecordedMessage,
  ToolCall,
} from './messages/chat-message.js';
export {
  TOOL_APPROVAL_SCHEMA,
  type ToolApproval,
  type ToolCallToApprove,
  USER_INPUT_SCHEMA,
  type UserInput,
  type UserInputOption,
  type UserInputQuestion,
} from './interrupts/conventions.js';
export type { SessionInterrupt } from './interrupts/interrupt.js';
export type { HistoryRange, MessageBatches, MessageIn } from './messages/chat-message.repository.js';
export type { AgentErrorListener, FailedTurn } from './options/agent-error-listener.js';
export { SessionsOptionsError } from './options/sessions-options.error.js';
export { SessionsModule } from './module/sessions.module.js';
export type {
  OwnerResolver,
  SessionsModuleAsyncOptions,
  SessionsModuleOptions,
  SessionsOptionsFactory,
  SessionsQueue,
  SessionsSettings,
} from './options/sessions.options.js';
export type { SessionsRole, SessionsStructure } from './options/sessions-structure.js';
export type { WebhookOptions } from './options/webhook-options.js';
export type { OwnerOptions, SessionCallOptions } from './owners/session-call-options.js';
export type {
  Owned,
  OwnedSession,
  OwnedSessionSummary,
  Session,
  SessionStatus,
  SessionSummary,
} from './sessions/session.js';
export type { IdempotentCallOptions, ListOptions } from './sessions/call-options.js';
export type {
  CancelRequest,
  CreateSessionRequest,
  EventRange,
  MessageAccepted,
  MessageRequest,
  ResumeRequest,
  TurnCancelled,
  TurnRange,
  TurnResumed,
  UpdateSessionRequest,
  WaitOptions,
} from './sessions/session-calls.js';
export type { SessionCursor, SessionPage } from './sessions/session.store.js';
export { TurnOperations } from './sessions/turn-operations.js';
export { SessionsService } from './sessions/sessions.service.js';
export type { TurnRecord, TurnStatus } from './turns/turn.js';
export type { TurnPage } from './turns/turn.js';
export type {
  Delivery,
  DeliveryAttempt,
  DeliveryRange,
  DeliveryStatus,
  RedeliveryAccepted,
  ReportedStatus,
  WebhookPayload,
} from './webhooks/delivery.js';
export type { DeliveryPage } from './webhooks/delivery.store.js';
export type { WebhookRequest } from './webhooks/webhook.js';
