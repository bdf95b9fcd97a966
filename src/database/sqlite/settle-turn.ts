import { randomUUID } from 'node:crypto';

import type { TurnRun } from '../../turns/turn.store.js';
import type { SqliteStatements } from './sqlite-database.js';
import * as statements from './turn-statements.js';

/** What follows on a turn's end without a response; always true. */
export function settleInError(
  sql: SqliteStatements,
  { sessionId, turnId }: Pick<TurnRun, 'sessionId' | 'turnId'>,
  error: string,
  now: number,
): boolean {
  sql.run(statements.SETTLE_IN_ERROR({ sessionId, error, now }));
  leaveDelivery(sql, turnId);
  return true;
}

/** Leaves a delivery behind where the turn has a webhook, once all else of its end is written. */
export function leaveDelivery(sql: SqliteStatements, turnId: string): void {
  sql.run(statements.LEAVE_DELIVERY({ id: randomUUID(), turnId }));
}
