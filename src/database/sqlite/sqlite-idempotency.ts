import type { IdempotencyOutcome, IdempotentRequest } from '../../idempotency/idempotency-key.js';
import { idempotencyStatements, type KnownRequestRow, toRepeated } from '../sql/idempotency-statements.js';
import { sqlite } from './sqlite-dialect.js';
import type { SqliteStatements } from './sqlite-statements.js';

const { FIND_REQUEST, RECORD_REQUEST } = idempotencyStatements(sqlite);

/** The reason for which a request must not be executed because of its key; undefined if it may be. */
export function findRequest(
  sql: SqliteStatements,
  request: IdempotentRequest | undefined,
  time: { ttl: number | null; now: number },
): IdempotencyOutcome | undefined {
  if (!request) return undefined;
  const find = FIND_REQUEST({ id: request.id, ...time });
  const known = sql.get<KnownRequestRow>(find);
  return known && toRepeated(known, request.bodyHash);
}

/** Records a request's answer; an existing row belongs to an expired session. */
export function recordRequest(
  sql: SqliteStatements,
  request: IdempotentRequest | undefined,
  sessionId: string,
  now: number,
): void {
  if (!request) return;
  const { id, bodyHash, answer } = request;
  sql.run(RECORD_REQUEST({ id, sessionId, bodyHash, answer: JSON.stringify(answer), now }));
}
