import { DatabaseUnavailableException, TryAgainException } from '../../exceptions/index.js';

/** An error of better-sqlite3 as one of ours where it says that the file is busy or out of reach; else unchanged. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return new TryAgainException(error);
  const closed = /database connection is not open|datasource is not (set|initialized)/i.test(error.message);
  if (closed || /^SQLITE_(IOERR|FULL|CANTOPEN|READONLY|NOTADB|CORRUPT)/.test(code)) {
    return new DatabaseUnavailableException(error);
  }
  return error;
}
