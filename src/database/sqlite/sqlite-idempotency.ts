import type { IdempotencyOutcome, IdempotentRequest } from '../../idempotency/idempotency-key.js';
import { ALIVE } from './sql-fragments.js';
import type { SqliteStatements } from './sqlite-database.js';

/** Why a request must not be carried out because of its key; undefined where it may. */
export function findRequest(
  sql: SqliteStatements,
  request: IdempotentRequest | undefined,
  time: { ttl: number | null; now: number },
): IdempotencyOutcome | undefined {
  if (!request) return undefined;
  const known = sql.get<{ body_hash: string; answer: string }>(
    `SELECT i.body_hash, i.answer FROM agent_idempotency i JOIN agent_session s ON s.id = i.session_id
     WHERE i.id = @id AND ${ALIVE}`,
    { id: request.id, ...time },
  );
  if (!known) return undefined;
  return known.body_hash === request.bodyHash
    ? { outcome: 'replayed', answer: JSON.parse(known.answer) as object }
    : { outcome: 'key_reused' };
}

/** Records a request's answer; a row that is there belongs to a session that has expired. */
export function recordRequest(
  sql: SqliteStatements,
  request: IdempotentRequest | undefined,
  sessionId: string,
  now: number,
): void {
  if (!request) return;
  const { id, bodyHash, answer } = request;
  sql.run(
    `INSERT OR REPLACE INTO agent_idempotency (id, session_id, body_hash, answer, created_at)
     VALUES (@id, @sessionId, @bodyHash, @answer, @now)`,
    { id, sessionId, bodyHash, answer: JSON.stringify(answer), now },
  );
}
