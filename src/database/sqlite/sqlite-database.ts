import type { Database } from 'better-sqlite3';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';

import { DatabaseUnavailableException, TryAgainException } from '../../exceptions/index.js';
import { isInTransaction } from '../../transactions/callers-transaction.js';
import { LOCK_TIMEOUT_MS } from '../database.options.js';
import { SqliteClock } from './sqlite-clock.js';
import { isStaleSnapshot } from './sqlite-errors.js';
import { SqliteStatements } from './sqlite-statements.js';
import { runSavepoint, runTransaction } from './sqlite-transaction.js';
import { WaitingLine } from './waiting-line.js';

export type { Query, SqliteStatements } from './sqlite-statements.js';

/** The pause between two attempts in the caller's transaction. */
const PAUSE_MS = 10;

type Work<T> = (sql: SqliteStatements) => T;

/**
 * TypeORM's one connection to an SQLite file. TypeORM nests concurrent work into one transaction, so the rollback of
 * unrelated work would undo a commit. Therefore all work here is synchronous, in its own transaction, and starts only
 * while no other transaction is open on the connection. Waiting for that, or for a lock of another process, never
 * blocks the event loop; after LOCK_TIMEOUT_MS it ends in a TryAgainException. Work may run more than once, because an
 * attempt that meets a lock is rolled back.
 */
export class SqliteDatabase {
  private readonly statements = new WeakMap<Database, SqliteStatements>();
  private readonly clock = new SqliteClock();
  private readonly reads: WaitingLine;
  private readonly writes: WaitingLine;

  constructor(private readonly dataSource: DataSource) {
    this.reads = new WaitingLine(dataSource);
    this.writes = new WaitingLine(dataSource);
  }

  /**
   * Runs read-only work; all its statements see the same state. With WAL it does not wait for other processes that
   * write. Runs in the caller's transaction if its EntityManager is given.
   */
  async read<T>(work: Work<T>, manager?: EntityManager): Promise<T> {
    return isInTransaction(this.dataSource, manager)
      ? this.inCallers(manager, work)
      : this.reads.run(() => runTransaction(this.sql, 'DEFERRED', work));
  }

  /** Runs work as one transaction, or as a savepoint in the caller's if its EntityManager is given. */
  async transaction<T>(work: Work<T>, manager?: EntityManager): Promise<T> {
    return isInTransaction(this.dataSource, manager)
      ? this.inCallers(manager, work)
      : this.writes.run(() => runTransaction(this.sql, 'IMMEDIATE', work));
  }

  /** Now, in microseconds. The database's clock is this process's, because it owns the file. */
  now(): number {
    return this.clock.now();
  }

  /** Waits only for other processes, because the caller has the connection. */
  private async inCallers<T>(manager: EntityManager, work: Work<T>): Promise<T> {
    const deadline = performance.now() + LOCK_TIMEOUT_MS;
    for (;;) {
      const { sql } = this;
      if (!isInTransaction(this.dataSource, manager) || !sql.inTransaction) {
        throw new DatabaseUnavailableException(
          new Error('The transaction of the given `manager` is not open any more'),
        );
      }
      try {
        return runSavepoint(sql, work);
      } catch (error) {
        const isBusy = error instanceof TryAgainException && !isStaleSnapshot(error.cause);
        if (!isBusy || performance.now() >= deadline) throw error;
      }
      await delay(PAUSE_MS);
    }
  }

  /** The connection changes when the data source is initialised again. */
  private get sql(): SqliteStatements {
    const { databaseConnection } = this.dataSource.driver as unknown as { databaseConnection?: Database };
    if (!databaseConnection)
      throw new DatabaseUnavailableException(new Error('DataSource is not initialized'));
    let sql = this.statements.get(databaseConnection);
    if (!sql) {
      sql = new SqliteStatements(databaseConnection);
      this.statements.set(databaseConnection, sql);
    }
    return sql;
  }
}
