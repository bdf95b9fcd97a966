import type { ChatMessage } from '../../messages/chat-message.js';
import { fromMessageRow, type MessageRow } from '../message-columns.js';
import { KEEP_LOGGED_MESSAGES } from './event-statements.js';
import * as statements from './history-statements.js';
import type { SqliteStatements } from './sqlite-statements.js';

/** How large a recorded history is, and how often it was replaced. */
export interface HistorySize {
  count: number;
  bytes: number;
  version: number;
}

export function historySize(sql: SqliteStatements, sessionId: string): HistorySize {
  const row = sql.get<{ message_count: number; history_bytes: number; history_version: number }>(
    statements.HISTORY_SIZE({ sessionId }),
  );
  return {
    count: row?.message_count ?? 0,
    bytes: row?.history_bytes ?? 0,
    version: row?.history_version ?? 0,
  };
}

/** A session's history where it is within the limits. */
export function smallHistory(
  sql: SqliteStatements,
  sessionId: string,
  { message_count, history_bytes }: { message_count: number; history_bytes: number },
  limits: { bytes: number; messages: number },
): ChatMessage[] | undefined {
  if (message_count === 0) return [];
  if (history_bytes > limits.bytes || message_count > limits.messages) return undefined;
  return sql.all<MessageRow>(statements.WHOLE_HISTORY({ sessionId })).map(fromMessageRow);
}

/** Empties a history, after a copy of it for pending deliveries that show it and for the log. */
export function forgetHistory(sql: SqliteStatements, sessionId: string): void {
  sql.run(statements.KEEP_SHOWN_HISTORY({ sessionId }));
  sql.run(KEEP_LOGGED_MESSAGES({ sessionId }));
  sql.run(statements.FORGET_HISTORY({ sessionId }));
}

/** Adds messages to a history: from a position on, of a turn unless they are preloaded. */
export function addMessages(
  sql: SqliteStatements,
  sessionId: string,
  messages: MessageRow[],
  {
    ids,
    from = 0,
    turnId = null,
    now,
  }: { ids: readonly string[]; from?: number; turnId?: string | null; now: number },
): void {
  for (const [index, message] of messages.entries()) {
    const id = ids[index] ?? '';
    const row = { sessionId, position: from + index, ...message, id, turnId, now };
    sql.run(statements.INSERT_MESSAGE(row));
  }
}
