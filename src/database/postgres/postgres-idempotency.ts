import type { EntityManager } from 'typeorm';

import type { IdempotencyOutcome, IdempotentRequest } from '../../idempotency/idempotency-key.js';
import { type KnownRequestRow, toRepeated } from '../sql/idempotency-statements.js';
import * as statements from './idempotency-statements.js';
import { lockTimeout, type PostgresDatabase, type Run } from './postgres-database.js';

/** A request to execute once, for a session, which may be new. */
export interface Once {
  request: IdempotentRequest;
  sessionId: string;
  ttl: number | null;
}

/**
 * Executes an operation and records its answer in one transaction, or returns the reason for which it was not
 * executed. Only an outcome that `answerTo` has an answer for is
 * recorded.
 */
export function once<T>(
  database: PostgresDatabase,
  { request, sessionId, ttl }: Once,
  operation: (run: Run) => Promise<T>,
  answerTo: (outcome: T) => object | undefined,
  manager?: EntityManager,
): Promise<T | IdempotencyOutcome> {
  const { id, bodyHash } = request;
  return database.transaction(async (run) => {
    const tryLock = statements.LOCK_REQUEST({ lockTimeout: lockTimeout(manager), id });
    const [lock] = await run<{ locked: boolean }>(tryLock);
    if (!lock?.locked) return { outcome: 'key_in_progress' };
    const find = statements.FIND_REQUEST({ id, ttl });
    const [known] = await run<KnownRequestRow>(find);
    if (known) return toRepeated(known, bodyHash);
    const outcome = await operation(run);
    const recorded = answerTo(outcome);
    if (recorded) {
      const answer = JSON.stringify(recorded);
      await run(statements.RECORD_REQUEST({ id, sessionId, bodyHash, answer }));
    }
    return outcome;
  }, manager);
}
