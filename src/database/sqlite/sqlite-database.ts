import type { Database, Statement } from 'better-sqlite3';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';

import { TryAgainException } from '../../exceptions/index.js';
import { isInTransaction } from '../callers-transaction.js';
import { LOCK_TIMEOUT } from '../database.options.js';
import { translateSqliteError } from './sqlite-errors.js';

/** How often to look whether a transaction of the host's on the shared connection has ended, in ms. */
const LOOK_AGAIN = 2;

/** A named parameter's values. */
export type Parameters = Record<string, string | number | null>;

/**
 * TypeORM's one connection to an SQLite file. TypeORM nests whatever runs at the same time into one transaction,
 * so that a neighbour's rollback takes a commit with it; therefore all work here is synchronous, in a
 * transaction of its own, and begins only while nobody else's transaction is open on the connection.
 */
export class SqliteDatabase {
  private readonly statements = new WeakMap<Database, Map<string, Statement>>();
  private lastInstant = 0;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs work as one transaction; in the caller's, as a savepoint, where its EntityManager is handed in. Throws
   * TryAgainException when a host's transaction keeps the connection for too long.
   */
  async transaction<T>(work: (sql: SqliteStatements) => T, manager?: EntityManager): Promise<T> {
    const inCallers = isInTransaction(this.dataSource, manager);
    if (!inCallers) await this.connectionIsFree();
    try {
      const connection = this.connection;
      const transaction = connection.transaction(() =>
        work(new SqliteStatements(connection, this.cache(connection))),
      );
      return inCallers ? transaction() : transaction.immediate();
    } catch (error) {
      throw translateSqliteError(error);
    }
  }

  /** The same for work that only reads. */
  async read<T>(work: (sql: SqliteStatements) => T, manager?: EntityManager): Promise<T> {
    return this.transaction(work, manager);
  }

  /**
   * Now, in microseconds. The database's clock is this process's, since the file is; it never gives the same
   * instant twice, so that order of creation is kept.
   */
  now(): number {
    this.lastInstant = Math.max(Date.now() * 1000, this.lastInstant + 1);
    return this.lastInstant;
  }

  private async connectionIsFree(): Promise<void> {
    const deadline = performance.now() + LOCK_TIMEOUT;
    while (this.connection.inTransaction) {
      if (performance.now() > deadline) throw new TryAgainException();
      await delay(LOOK_AGAIN);
    }
  }

  private get connection(): Database {
    return (this.dataSource.driver as unknown as { databaseConnection: Database }).databaseConnection;
  }

  private cache(connection: Database): Map<string, Statement> {
    let cache = this.statements.get(connection);
    if (!cache) {
      cache = new Map();
      this.statements.set(connection, cache);
    }
    return cache;
  }
}

/** Statements on a connection, each prepared once. */
export class SqliteStatements {
  constructor(
    private readonly connection: Database,
    private readonly prepared: Map<string, Statement>,
  ) {}

  /** How many rows it changed. */
  run(text: string, parameters: Parameters): number {
    return this.prepare(text).run(parameters).changes;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names what the statement selects
  get<Row>(text: string, parameters: Parameters): Row | undefined {
    return this.all<Row>(text, parameters)[0];
  }

  all<Row>(text: string, parameters: Parameters): Row[] {
    return this.prepare(text).all(parameters) as Row[];
  }

  private prepare(text: string): Statement {
    let statement = this.prepared.get(text);
    if (!statement) {
      statement = this.connection.prepare(text);
      this.prepared.set(text, statement);
    }
    return statement;
  }
}
