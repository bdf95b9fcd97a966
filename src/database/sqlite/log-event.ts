import type { EventType } from '../../events/event-types.js';
import * as statements from './event-statements.js';
import type { SqliteStatements } from './sqlite-statements.js';

/** Logs an event of a turn, after the change of the turn. What the turn has as well is read from there. */
export function logEvent(
  sql: SqliteStatements,
  turnId: string,
  type: EventType,
  now: number,
  { data, recorded }: { data?: object; recorded?: { from: number; count: number } } = {},
): void {
  sql.run(statements.COUNT_EVENT({ turnId }));
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
