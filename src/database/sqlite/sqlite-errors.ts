import { DatabaseUnavailableException, TryAgainException } from '../../exceptions/index.js';
import { readDriverError } from '../driver-error.js';

/** An error of better-sqlite3 as one of ours where it says that the file is busy or out of reach; else unchanged. */
export function translateSqliteError(error: unknown): unknown {
  const read = readDriverError(error);
  if (!read) return error;
  const { code, message } = read;
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return new TryAgainException(error);
  const closed = /database connection is not open|datasource is not (set|initialized)/i.test(message);
  if (closed || /^SQLITE_(IOERR|FULL|CANTOPEN|READONLY|NOTADB|CORRUPT)/.test(code)) {
    return new DatabaseUnavailableException(error);
  }
  return error;
}
