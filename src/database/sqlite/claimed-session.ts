import type { ChatMessage } from '../../messages/chat-message.js';
import { BATCH_MESSAGES, CLAIMED_HISTORY_BYTES } from '../database.options.js';
import type { AcceptedSessionRow } from '../turn-row.js';
import { smallHistory } from './history.js';
import type { SqliteStatements } from './sqlite-statements.js';
import { CLAIMED_SESSION } from './turn-statements.js';

/** A session's columns that a claim needs. */
export type ClaimedSessionRow = AcceptedSessionRow & { history_bytes: number };

const NO_SESSION: ClaimedSessionRow = {
  owner: null,
  metadata: null,
  message_count: 0,
  history_bytes: 0,
  created_at: 0,
  updated_at: 0,
  history_version: 0,
  last_event_id: 0,
};

/** Limits of a history that comes with its claim. */
const CLAIMED_HISTORY = { bytes: CLAIMED_HISTORY_BYTES, messages: BATCH_MESSAGES };

/** The session of a claimed turn, with its history if that is small. */
export function claimedSession(
  sql: SqliteStatements,
  sessionId: string,
): { session: ClaimedSessionRow; history: ChatMessage[] | undefined } {
  const session = sql.get<ClaimedSessionRow>(CLAIMED_SESSION({ sessionId })) ?? NO_SESSION;
  return { session, history: smallHistory(sql, sessionId, session, CLAIMED_HISTORY) };
}
