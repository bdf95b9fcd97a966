import type { Parameters, Statement } from './statement.js';

/**
 * The differences between the dialects in shared statements. `Clock` is the parameters of `now`: none if the database
 * has its own clock.
 */
export interface Dialect<Clock extends Parameters, Query> {
  readonly clock: Clock;
  /** The clock of leases and expiry, in microseconds, as a value to write. */
  readonly now: string;
  /** The same for use in a condition. */
  readonly nowOnce: string;
  /** Whether a column is, or is not, in the list of a parameter. */
  oneOf(column: string, list: string): string;
  noneOf(column: string, list: string): string;
  /** The rows of selects that an index orders, in one order that stops at its limit. */
  merged(selects: string[], order: string): string;
  /** The rows of two lists of the same length, side by side, as the columns `one` and `other`. */
  pairs(ones: string, others: string): string;
  /**
   * The first rows of a table for each text of a parameter's list: `condition` gets the text, and has an order and a
   * limit. The table has the key `id`.
   */
  firstOfEach(list: string, table: string, columns: string, condition: (text: string) => string): string;
  /** The element of a parameter's list at an index from 0; null behind its end. */
  element(list: string, index: string): string;
  /** A column of JSON text as a value for {@link jsonRows}. */
  json(column: string): string;
  /** The selected rows as the text of a JSON array of objects with these fields; null or an empty array without rows. */
  jsonRows(fields: Record<string, string>, order: string): string;
  least(one: string, other: string): string;
  /** The rows of a query as JSON text: an array of the columns of each. */
  tuples(columns: string, order: string): string;
  /** Locks the selected rows of a table, and skips those that another transaction has locked. */
  lockFree(table: string): string;
  /** Compiles a statement and keeps it in {@link statements}. Names are unique. */
  readonly statement: <const P extends Parameters>(
    name: string,
    parameters: P,
    text: string,
  ) => Statement<P, Query>;
  /** The text of every statement by its name, as the driver gets it. */
  readonly statements: ReadonlyMap<string, string>;
}
