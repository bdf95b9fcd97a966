import { TryAgainException } from '../../exceptions/index.js';
import type { SqliteStatements } from './sqlite-statements.js';

/** How long a commit may block the process until readers of a rollback journal have finished. */
const COMMIT_WAIT_MS = 5;

/** TypeORM has one connection to SQLite, so that the transaction may be that of the caller. */
const IN_TRANSACTION =
  'A transaction of the application is open on the SQLite connection; try again. ' +
  'For a call within that transaction: was `manager` forgotten?';

/**
 * Runs work as a transaction, synchronously. Throws TryAgainException, with nothing changed, if a transaction of the
 * host is open on the connection or another connection holds a lock.
 */
export function runTransaction<T>(
  sql: SqliteStatements,
  mode: 'DEFERRED' | 'IMMEDIATE',
  work: (sql: SqliteStatements) => T,
): T {
  // There is no await between this and BEGIN, which fails by itself if a transaction is open.
  if (sql.inTransaction) throw new TryAgainException(undefined, IN_TRANSACTION);
  return withoutBusyWait(sql, () => {
    sql.control(`BEGIN ${mode}`);
    try {
      const result = work(sql);
      commit(sql);
      return result;
    } catch (error) {
      if (sql.inTransaction) sql.control('ROLLBACK');
      throw error;
    }
  });
}

/** Runs work as a savepoint of the transaction that is open on the connection, synchronously. */
export function runSavepoint<T>(sql: SqliteStatements, work: (sql: SqliteStatements) => T): T {
  return withoutBusyWait(sql, () => {
    sql.control('SAVEPOINT agent_sessions');
    try {
      const result = work(sql);
      sql.control('RELEASE agent_sessions');
      return result;
    } catch (error) {
      // Some errors make SQLite roll back the whole transaction.
      if (sql.inTransaction) sql.control('ROLLBACK TO agent_sessions; RELEASE agent_sessions');
      throw error;
    }
  });
}

/** SQLite waits for locks by blocking the process; here it fails at once, and the caller waits asynchronously. */
function withoutBusyWait<T>(sql: SqliteStatements, run: () => T): T {
  const { busyTimeout } = sql;
  try {
    sql.control('PRAGMA busy_timeout = 0');
    return run();
  } finally {
    sql.control(`PRAGMA busy_timeout = ${busyTimeout}`);
  }
}

function commit(sql: SqliteStatements): void {
  try {
    sql.control('COMMIT');
  } catch (error) {
    if (!(error instanceof TryAgainException) || !sql.inTransaction) throw error;
    // Without WAL a commit needs an exclusive lock. New readers are blocked by now; the others get a moment to
    // finish.
    sql.control(`PRAGMA busy_timeout = ${COMMIT_WAIT_MS}; COMMIT`);
  }
}
