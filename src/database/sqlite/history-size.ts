import type { SqliteStatements } from './sqlite-database.js';
import * as statements from './turn-statements.js';

/** The size of a history that has been replaced. */
export const NO_HISTORY = { count: 0, bytes: 0 };

/** The size of a session's recorded history, and how often it was replaced. */
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
