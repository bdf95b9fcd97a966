import type { Dialect } from '../sql/dialect.js';
import { compile, fieldList, type Parameters, type Statement } from '../sql/statement.js';
import type { Query } from './postgres-database.js';
import { NOW, NOW_ONCE } from './sql-fragments.js';

/** The server has its own clock. */
const CLOCK = {} as const;

const statements = new Map<string, string>();

/** Each parameter is cast to its declared type, so that no statement depends on type inference by the server. */
function statement<const P extends Parameters>(
  name: string,
  parameters: P,
  text: string,
): Statement<P, Query> {
  if (statements.has(name)) throw new Error(`There are two statements of the name ${name}`);
  const compiled = compile({ name, text, parameters }, (_, type, position) => `$${position}::${type}`);
  statements.set(name, compiled.text);
  return (values) => ({
    name,
    text: compiled.text,
    values: compiled.names.map((key) => values[key as keyof typeof values]),
  });
}

/** PostgreSQL: the server's clock, arrays, row locks. Each connection prepares a statement once, under its name. */
export const postgres: Dialect<typeof CLOCK, Query> = {
  clock: CLOCK,
  now: NOW,
  nowOnce: NOW_ONCE,
  oneOf: (column, list) => `${column} = ANY (${list})`,
  noneOf: (column, list) => `${column} <> ALL (${list})`,
  // Each stops at the limit, in case the planner sorts them all.
  merged: (selects, order) =>
    `SELECT * FROM (${selects.map((one) => `(${one} ${order})`).join(' UNION ALL ')}) merged ${order}`,
  pairs: (ones, others) => `(SELECT * FROM unnest(${ones}, ${others}) pair (one, other))`,
  firstOfEach: (list, table, columns, condition) => `
    SELECT first.* FROM unnest(${list}) listed (text)
    CROSS JOIN LATERAL (SELECT ${columns} FROM ${table} WHERE ${condition('listed.text')}) first`,
  element: (list, index) => `(${list})[${index} + 1]`,
  json: (column) => `${column}::json`,
  jsonRows: (fields, order) => `json_agg(json_build_object(${fieldList(fields)}) ORDER BY ${order})::text`,
  least: (one, other) => `least(${one}, ${other})`,
  tuples: (columns, order) => `json_agg(json_build_array(${columns}) ORDER BY ${order})::text`,
  lockFree: (table) => `FOR UPDATE OF ${table} SKIP LOCKED`,
  statement,
  statements,
};
