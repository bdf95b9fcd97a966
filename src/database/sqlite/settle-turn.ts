import { randomUUID } from 'node:crypto';

import type { TurnRun } from '../../turns/turn-run.js';
import { logEvent } from './log-event.js';
import type { SqliteStatements } from './sqlite-database.js';
import * as statements from './turn-statements.js';

/** The changes of a turn's end without a response; always true. */
export function settleInError(
  sql: SqliteStatements,
  { sessionId, turnId }: Pick<TurnRun, 'sessionId' | 'turnId'>,
  error: string,
  now: number,
): boolean {
  logEvent(sql, turnId, 'turn.failed', now);
  sql.run(statements.SETTLE_IN_ERROR({ sessionId, error, now }));
  leaveDelivery(sql, turnId);
  return true;
}

/** Inserts a delivery if the turn has a webhook, after all other changes of its end. */
export function leaveDelivery(sql: SqliteStatements, turnId: string): void {
  sql.run(statements.LEAVE_DELIVERY({ id: randomUUID(), turnId }));
}
