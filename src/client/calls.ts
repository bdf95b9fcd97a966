import type { ChatMessage, RecordedMessage } from '../messages/chat-message.js';
import type { MessageRequest } from '../sessions/session-calls.js';
import type { SessionStatus, SessionSummary } from '../sessions/session.js';
import type { TurnRecord } from '../turns/turn.js';

/** What every call takes. */
export interface CallOptions {
  /**
   * Ends the call, which rejects with the signal's reason. What the server has begun goes on.
   *
   * @default none
   */
  signal?: AbortSignal | undefined;
}

/** Options of the calls that have one effect, however often they are repeated. */
export interface RepeatableCallOptions extends CallOptions {
  /**
   * The `Idempotency-Key`: to repeat the call later, for example after a page was loaded again.
   *
   * @default a random key for each call, under which the client itself repeats it
   */
  idempotencyKey?: string | undefined;
}

/** A message, or its text. */
export type OutgoingMessage = MessageRequest | string;

/** How long to wait for the end of a turn. */
export interface WaitOptions extends CallOptions {
  /**
   * How long to wait, in milliseconds; the session may still be `running` then.
   *
   * @default without limit
   */
  timeout?: number | undefined;
}

/** Which sessions to list. */
export interface ListOptions extends CallOptions {
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
  cursor?: string | undefined;
  /**
   * Whether the newest or the last updated session is first.
   *
   * @default 'created'
   */
  order?: 'created' | 'updated' | undefined;
  /**
   * Only sessions whose metadata has these entries, at most 10.
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

/** A part of a list. */
export interface RangeOptions extends CallOptions {
  /**
   * What to skip: so many messages of a history, or the turns up to this number.
   *
   * @default 0
   */
  after?: number | undefined;
  /**
   * How many to return at most, 1 to 1,000.
   *
   * @default all messages, or 100 turns
   */
  limit?: number | undefined;
}

/** What to read of a history. */
export interface MessagesOptions extends RangeOptions {
  /**
   * Whether each message has its `message_id`, `turn_id` and `created_at`.
   *
   * @default false
   */
  ids?: boolean | undefined;
}

/** Which turn to cancel. */
export interface CancelOptions extends CallOptions {
  /**
   * Cancels only if this is the unfinished turn. Without it, the call is not repeated, because it could cancel the
   * next turn.
   *
   * @default whichever turn is unfinished
   */
  turn_id?: string | undefined;
}

/** A page of sessions. */
export type SessionList = SessionSummary[] & {
  /** The `cursor` of the next page, if there is one. */
  next?: string;
};

/** A page of turns. */
export type TurnList = TurnRecord[] & {
  /** The `after` of the next page, if there is one. */
  next?: number;
};

/** A history. */
export type MessageList<Message extends ChatMessage = ChatMessage> = Message[] & {
  /** The position in the session's log that the list shows: follow it with `events(id, { after: lastEventId })`. */
  lastEventId?: number;
};

/** A history with or without ids. */
export type MessageListFor<Options extends MessagesOptions> = MessageList<
  Options extends { ids: true } ? RecordedMessage : ChatMessage
>;

/** What to follow of a session's log. */
export interface EventsOptions extends CallOptions {
  /**
   * Begins after the event with this id; 0 is the beginning of the log.
   *
   * @default the beginning of the unfinished turn, else what comes from now on
   */
  after?: number | undefined;
  /**
   * Only the events of this turn. The iteration ends with the turn.
   *
   * @default all, until the session is deleted
   */
  turn?: string | undefined;
}
