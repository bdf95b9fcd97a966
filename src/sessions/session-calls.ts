import type { ChatMessage } from '../messages/chat-message.js';
import type { SessionCallOptions } from '../owners/session-call-options.js';
import type { WebhookRequest } from '../webhooks/webhook.js';
import type { SessionStatus } from './session.js';
import type { SessionCursor } from './session.store.js';

/** Options of the operations that accept an `Idempotency-Key`. */
export interface IdempotentCallOptions extends SessionCallOptions {
  /**
   * Makes repeats idempotent: a repeat with the same key and body has no further effect and gets the first answer.
   *
   * @default each call has its effect
   */
  idempotencyKey?: string | undefined;
}

/** The content of a new session. */
export interface CreateSessionRequest {
  /**
   * The initial history, oldest message first.
   *
   * @default an empty history
   */
  state?: ChatMessage[] | null | undefined;
  /**
   * The caller's own data, returned unchanged.
   *
   * @default none
   */
  metadata?: Record<string, unknown> | null | undefined;
}

/** A change of a session. */
export interface UpdateSessionRequest {
  /** A JSON merge patch (RFC 7396) of the metadata: a null removes its key, and null as a whole removes everything. */
  metadata: Record<string, unknown> | null;
}

/** A message for the agent; `role` defaults to `user`, `content` to null. */
export interface MessageRequest extends Partial<ChatMessage> {
  /**
   * Where to send the result of the turn.
   *
   * @default nowhere
   */
  webhook?: WebhookRequest | null | undefined;
}

/** The answer to an accepted message. */
export interface MessageAccepted {
  /** The session's id. */
  session_id: string;
  /** The session's state now. */
  status: 'running';
  /** The turn that the message has started. */
  turn_id: string;
}

/** The answer to a cancellation. */
export interface TurnCancelled {
  /** The session's id. */
  session_id: string;
  /** The session's state now. */
  status: 'error';
}

/** An answer to a question of the agent. */
export interface ResumeRequest {
  /** The question: `interrupt_id` in the session's `interrupts`. */
  interrupt_id: string;
  /** The answer, any JSON value, by the question's schema if it has one. */
  value: unknown;
}

/** The answer to an accepted answer. */
export interface TurnResumed {
  /** The session's id. */
  session_id: string;
  /** The session's state now: `interrupted` while further questions are pending. */
  status: 'running' | 'interrupted';
}

/** Whether and how long to wait until a session no longer runs. */
export interface WaitOptions {
  /**
   * Whether to wait while the session runs.
   *
   * @default false
   */
  wait?: boolean | undefined;
  /**
   * How long to wait, in milliseconds.
   *
   * @default without limit
   */
  timeout?: number | undefined;
  /**
   * Ends the wait early.
   *
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/** Which turns of a session to read. */
export interface TurnRange {
  /**
   * The number of the turn after which to begin.
   *
   * @default 0, which begins with the first turn
   */
  after?: number | undefined;
  /**
   * How many turns to return at most, 1 to 1,000.
   *
   * @default 100
   */
  limit?: number | undefined;
}

/** Which events of a session to follow. */
export interface EventRange {
  /**
   * The id of the event after which to begin; 0 is the beginning of the log.
   *
   * @default the beginning of the unfinished turn, if there is one, else what comes from now on
   */
  after?: number | undefined;
  /**
   * Only the events of this turn, to its end.
   *
   * @default all events, until the session is deleted
   */
  turn?: string | undefined;
  /**
   * Ends it early.
   *
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/** Which sessions to list. */
export interface ListOptions {
  /**
   * How many sessions to return at most, 1 to 1,000.
   *
   * @default 1,000
   */
  limit?: number | undefined;
  /**
   * Where the list goes on: the `next` of the page before.
   *
   * @default the first session
   */
  after?: SessionCursor | undefined;
  /**
   * Whether the newest or the last updated session is first.
   *
   * @default 'created'
   */
  order?: 'created' | 'updated' | undefined;
  /**
   * Only sessions whose metadata has these entries, at most 10; numbers and booleans equal their text.
   *
   * @default all
   */
  metadata?: Record<string, string | number | boolean> | undefined;
  /**
   * Only sessions in this state.
   *
   * @default all
   */
  status?: SessionStatus | undefined;
}

/** Which turn to cancel. */
export interface CancelRequest {
  /**
   * Cancels only if this is the unfinished turn.
   *
   * @default whichever turn is unfinished
   */
  turn_id?: string | null | undefined;
}
