import type { Parameters, Statement } from './statement.js';

/**
 * What differs between the dialects in statements that are otherwise the same. `Clock` is the parameters that `now`
 * takes: none where the database has a clock of its own.
 */
export interface Dialect<Clock extends Parameters, Query> {
  readonly clock: Clock;
  /** The time that leases and expiry are measured by, in microseconds, as a value to be written. */
  readonly now: string;
  /** The same in a condition. */
  readonly nowOnce: string;
  /** That a column is, or is not, in the list of a parameter. */
  oneOf(column: string, list: string): string;
  noneOf(column: string, list: string): string;
  /** The element of a parameter's list at an index from 0; null behind its end. */
  element(list: string, index: string): string;
  least(one: string, other: string): string;
  greatest(one: string, other: string): string;
  /** Locks the rows of a table that are selected, and leaves out those that another transaction has locked. */
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
