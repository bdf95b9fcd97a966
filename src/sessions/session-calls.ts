import type { ChatMessage } from '../messages/chat-message.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import type { WebhookRequest } from '../webhooks/webhook.js';

/** For operations that accept something. */
export interface IdempotentCallOptions extends SessionCallOptions {
  /** A repeat under the same key has no further effect and gets the first answer. */
  idempotencyKey?: string | undefined;
}

/** What a session starts with. */
export interface CreateSessionRequest {
  /** A history to start with, oldest message first. */
  state?: ChatMessage[] | null | undefined;
  /** The caller's own notes, returned as they are. */
  metadata?: Record<string, unknown> | null | undefined;
}

/** A message for the agent; `role` defaults to `user`, `content` to null. */
export interface MessageRequest extends Partial<ChatMessage> {
  webhook?: WebhookRequest | null | undefined;
}

/** That a message was accepted. */
export interface MessageAccepted {
  session_id: string;
  status: 'running';
  turn_id: string;
}

/** That a turn was cancelled. */
export interface TurnCancelled {
  session_id: string;
  status: 'error';
}

/** Whether and how long to wait until a session no longer runs. */
export interface WaitOptions {
  wait?: boolean | undefined;
  /** Milliseconds; by default without limit. */
  timeout?: number | undefined;
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

/** Which turns of a session to read. */
export interface TurnRange {
  /** The number of the turn after which to begin; by default with the first. */
  after?: number | undefined;
  limit?: number | undefined;
}
