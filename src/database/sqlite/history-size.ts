import type { ChatMessage } from '../../messages/chat-message.js';
import { fromMessageRow, type MessageRow } from '../message-columns.js';
import type { SqliteStatements } from './sqlite-database.js';
import * as statements from './turn-statements.js';

/** The size of a replaced history. */
export const NO_HISTORY = { count: 0, bytes: 0 };

/** The size of a session's recorded history, and the number of its replacements. */
export function historySize(
  sql: SqliteStatements,
  sessionId: string,
): { count: number; bytes: number; version: number } {
  const row = sql.get<{ message_count: number; history_bytes: number; history_version: number }>(
    statements.HISTORY_SIZE,
    { sessionId },
  );
  return {
    count: row?.message_count ?? 0,
    bytes: row?.history_bytes ?? 0,
    version: row?.history_version ?? 0,
  };
}

/** A session's history, if it is within the limits. */
export function smallHistory(
  sql: SqliteStatements,
  sessionId: string,
  { message_count, history_bytes }: { message_count: number; history_bytes: number },
  limits: { bytes: number; messages: number },
): ChatMessage[] | undefined {
  if (message_count === 0) return [];
  if (history_bytes > limits.bytes || message_count > limits.messages) return undefined;
  return sql.all<MessageRow>(statements.HISTORY, { sessionId }).map(fromMessageRow);
}
