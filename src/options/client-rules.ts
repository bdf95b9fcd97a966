import type { ChatRole } from '../messages/chat-message.js';

/** What requests may put into a history. */
export interface ClientRules {
  /** The roles of messages. */
  roles: readonly ChatRole[];
  /** Whether a new session may have a `state`. */
  mayPreload: boolean;
  /** Whether a user's message needs something in it. */
  rejectEmptyMessages: boolean;
}
