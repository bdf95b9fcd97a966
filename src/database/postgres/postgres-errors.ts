import {
  AgentSessionsException,
  DatabaseRejectedException,
  DatabaseUnavailableException,
  TryAgainException,
} from '../../exceptions/index.js';
import { readDriverError } from '../../exceptions/driver-error.js';

/** SQLSTATEs after which the same transaction may succeed: serialization failure, deadlock. */
const CONFLICT = new Set(['40001', '40P01']);

/** SQLSTATEs for a conflict with another transaction: lock not available, statement timeout. */
const CONTENTION = new Set([...CONFLICT, '55P03', '57014']);

/**
 * A prepared statement does not exist, because of `DISCARD ALL` or a pooler; or already exists, from another client.
 */
const PREPARED_STATEMENT_LOST = new Set(['26000', '42P05']);

/** A prepared statement is outdated, for example because a column was added. */
const CACHED_PLAN = 'cached plan must not change result type';

/**
 * Classes of SQLSTATEs for a permanent refusal because of the data or the schema: data exceptions, integrity
 * constraints, syntax or access rules, program limits, and errors raised by triggers.
 */
const REJECTED = new Set(['22', '23', '42', '54', 'P0']);

/** The driver's errors without a SQLSTATE for values that it cannot send. */
const CANNOT_BE_SENT = /Cannot create a string longer than|Invalid string length|message size|out of range/i;

/** Classes of SQLSTATEs after which the connection is usable: the others concern the connection or the server. */
const SESSION_USABLE = new Set([...REJECTED, '40', '55', '53', 'P0']);

/** Whether the same work may be retried at once: nothing was changed, and the retry may succeed. */
export function isRetryable(error: unknown): boolean {
  return CONFLICT.has(codeOf(error)) || isPlanLost(error);
}

/** Whether a statement failed only because of its preparation. */
export function isPlanLost(error: unknown): boolean {
  const read = readDriverError(error);
  return read !== undefined && (PREPARED_STATEMENT_LOST.has(read.code) || read.message.includes(CACHED_PLAN));
}

/** Whether a connection is usable for further statements after this error. */
export function isSessionUsable(error: unknown): boolean {
  const code = codeOf(error);
  if (error instanceof AgentSessionsException || code === '57014') return true;
  return !isPlanLost(error) && SESSION_USABLE.has(code.slice(0, 2)) && code.length === 5;
}

/**
 * Translates an error of the driver. Errors that are not known to be permanent count as temporary: a wrong guess then
 * costs a retry, otherwise it would lose a result.
 */
export function translatePostgresError(error: unknown): unknown {
  if (error instanceof AgentSessionsException) return error;
  const read = readDriverError(error);
  if (!read) return error;
  const { code, message } = read;
  if (CONTENTION.has(code)) return new TryAgainException(error);
  const isSqlState = /^[0-9A-Z]{5}$/.test(code);
  if (isSqlState && REJECTED.has(code.slice(0, 2)) && !isPlanLost(error)) {
    return new DatabaseRejectedException(error);
  }
  if (error instanceof RangeError || (!isSqlState && CANNOT_BE_SENT.test(message))) {
    return new DatabaseRejectedException(error);
  }
  return new DatabaseUnavailableException(error);
}

function codeOf(error: unknown): string {
  return readDriverError(error)?.code ?? '';
}
