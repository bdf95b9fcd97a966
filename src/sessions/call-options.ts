import type { SessionCallOptions } from '../owners/session-call-options.js';
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
