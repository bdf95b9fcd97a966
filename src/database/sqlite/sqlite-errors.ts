import {
  DatabaseRejectedException,
  DatabaseUnavailableException,
  TryAgainException,
} from '../../exceptions/index.js';
import { readDriverError } from '../../exceptions/driver-error.js';

/** Another connection, or a statement that has not ended on this one, holds what is needed. */
const CONTENTION = /^SQLITE_(BUSY|LOCKED|PROTOCOL)/;

/** The same from better-sqlite3, which gives its own errors no code. */
const CONNECTION_IN_USE = /connection is busy executing a query/i;

/** What fails again however often it is repeated: constraints, triggers, sizes, types, missing tables. */
const REJECTED = /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE|ERROR)/;

/** Values that better-sqlite3 does not bind. */
const NOT_BINDABLE = /can only bind|bound string, buffer, or bigint is too big/i;

/** SQLITE_ERROR of a transaction that is not in the expected state; that passes. */
const TRANSACTION_STATE = /within a transaction|no transaction is active|no such savepoint/i;

/** Statements and parameters that do not match are an error in the code that calls. */
const MISUSE = /^(missing named parameter|too (few|many) parameter values)/i;

/**
 * What better-sqlite3 has thrown as one of our errors: TryAgainException for what is busy, DatabaseRejectedException
 * for what is permanent, DatabaseUnavailableException for all else, which may pass. Misuse stays as it is.
 */
export function translateSqliteError(error: unknown): unknown {
  const { code, message } = readDriverError(error) ?? { code: '', message: String(error) };
  if (CONTENTION.test(code) || CONNECTION_IN_USE.test(message)) return new TryAgainException(error);
  if (NOT_BINDABLE.test(message)) return new DatabaseRejectedException(error);
  if (MISUSE.test(message)) return error;
  const isPermanent = REJECTED.test(code) && !TRANSACTION_STATE.test(message);
  return isPermanent ? new DatabaseRejectedException(error) : new DatabaseUnavailableException(error);
}

/** Whether a transaction that has read may not write, because another connection has written since; it never may. */
export function isStaleSnapshot(error: unknown): boolean {
  return readDriverError(error)?.code === 'SQLITE_BUSY_SNAPSHOT';
}
