import type { Database, Statement } from 'better-sqlite3';

import { translateSqliteError } from './sqlite-errors.js';

/** A statement with the values of its parameters. */
export interface Query {
  text: string;
  values: object;
}

/**
 * Statements on a connection, each prepared once; their number is limited by the stores' texts. SQLite prepares them
 * again by itself when the schema has changed. Database errors are translated here, so that an error in the code
 * between two statements is not confused with one of the database.
 */
export class SqliteStatements {
  private readonly prepared = new Map<string, Statement>();

  constructor(private readonly connection: Database) {}

  /** Returns the number of changed rows. */
  run({ text, values }: Query): number {
    return translated(() => this.prepare(text).run(values).changes);
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- names what the statement selects
  get<Row>(query: Query): Row | undefined {
    return this.all<Row>(query)[0];
  }

  all<Row>({ text, values }: Query): Row[] {
    return translated(() => this.prepare(text).all(values) as Row[]);
  }

  /** Statements that begin and end transactions. */
  control(text: string): void {
    translated(() => this.connection.exec(text));
  }

  /** Whether any transaction is open on the connection. */
  get inTransaction(): boolean {
    return this.connection.inTransaction;
  }

  /** How long SQLite blocks the process while another connection holds a lock, in ms. */
  get busyTimeout(): number {
    // Unlike a SELECT, it reads no schema and so waits for no lock.
    return translated(() => Number(this.connection.pragma('busy_timeout', { simple: true })));
  }

  private prepare(text: string): Statement {
    let statement = this.prepared.get(text);
    if (!statement) {
      // The host may have set bigints as the default of its connection.
      statement = this.connection.prepare(text).safeIntegers(false);
      this.prepared.set(text, statement);
    }
    return statement;
  }
}

function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw translateSqliteError(error);
  }
}
