import {
  DatabaseRejectedException,
  DatabaseUnavailableException,
  TryAgainException,
} from '../../exceptions/index.js';
import { readDriverError } from '../../exceptions/driver-error.js';

/** Another connection, or an unfinished statement on this one, holds a lock. */
const CONTENTION = /^SQLITE_(BUSY|LOCKED|PROTOCOL)/;

/** The same error from better-sqlite3, which has no code. */
const CONNECTION_IN_USE = /connection is busy executing a query/i;

/** Permanent errors: constraints, triggers, sizes, types, missing tables. */
const REJECTED = /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE|ERROR)/;

/** Values that better-sqlite3 cannot bind. */
const NOT_BINDABLE = /can only bind|bound string, buffer, or bigint is too big/i;

/** SQLITE_ERROR for a transaction in an unexpected state, which is temporary. */
const TRANSACTION_STATE = /within a transaction|no transaction is active|no such savepoint/i;

/** A mismatch of statement and parameters is an error in the calling code. */
const MISUSE = /^(missing named parameter|too (few|many) parameter values)/i;

/**
 * Translates an error of better-sqlite3: TryAgainException for contention, DatabaseRejectedException for a permanent
 * error, DatabaseUnavailableException for all others, which are temporary. Misuse is not translated.
 */
export function translateSqliteError(error: unknown): unknown {
  const { code, message } = readDriverError(error) ?? { code: '', message: String(error) };
  if (CONTENTION.test(code) || CONNECTION_IN_USE.test(message)) return new TryAgainException(error);
  if (NOT_BINDABLE.test(message)) return new DatabaseRejectedException(error);
  if (MISUSE.test(message)) return error;
  const isPermanent = REJECTED.test(code) && !TRANSACTION_STATE.test(message);
  return isPermanent ? new DatabaseRejectedException(error) : new DatabaseUnavailableException(error);
}

/**
 * Whether a transaction that has read cannot write, because another connection has written since; a retry within it
 * never succeeds.
 */
export function isStaleSnapshot(error: unknown): boolean {
  return readDriverError(error)?.code === 'SQLITE_BUSY_SNAPSHOT';
}
