import type { EventType } from '../../events/event-types.js';
import * as statements from './event-statements.js';
import type { SqliteStatements } from './sqlite-statements.js';

/** What an event has beside what is read from its turn. */
export interface EventData {
  data?: object;
  /** The messages that the turn has recorded. */
  recorded?: { from: number; count: number };
}

/** Logs an event of a turn, after the change of the turn. What the turn has as well is read from there. */
export function logEvent(
  sql: SqliteStatements,
  turnId: string,
  type: EventType,
  now: number,
  more: EventData = {},
): void {
  sql.run(statements.COUNT_EVENT({ turnId }));
  logCounted(sql, turnId, type, now, more);
}

/** The same for a change that has counted the event. */
export function logCounted(
  sql: SqliteStatements,
  turnId: string,
  type: EventType,
  now: number,
  { data, recorded }: EventData = {},
): void {
  sql.run(
    statements.LOG({
      turnId,
      type,
      data: data === undefined ? null : JSON.stringify(data),
      firstPosition: recorded?.from ?? null,
      messageCount: recorded?.count ?? null,
      now,
    }),
  );
}
