import type { Dialect } from '../sql/dialect.js';
import { compile, fieldList, type Parameters, type Statement } from '../sql/statement.js';
import type { Query } from './sqlite-statements.js';

const CLOCK = { now: 'bigint' } as const;

const statements = new Map<string, string>();

/** SQLite supports named parameters, but neither arrays nor booleans. */
function statement<const P extends Parameters>(
  name: string,
  parameters: P,
  text: string,
): Statement<P, Query> {
  if (statements.has(name)) throw new Error(`There are two statements of the name ${name}`);
  const compiled = compile({ name, text, parameters }, (key) => `@${key}`);
  statements.set(name, compiled.text);
  const encoded = Object.keys(parameters).filter((key) => /\[\]|boolean/.test(parameters[key] ?? ''));
  return (values) => {
    if (encoded.length === 0) return { text: compiled.text, values };
    const bound: Record<string, unknown> = { ...values };
    for (const key of encoded) bound[key] = encode(bound[key]);
    return { text: compiled.text, values: bound };
  };
}

function encode(value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : JSON.stringify(value);
}

/** SQLite: this process's clock, passed as a parameter; lists as JSON; no row locks. */
export const sqlite: Dialect<typeof CLOCK, Query> = {
  clock: CLOCK,
  now: ':now',
  nowOnce: ':now',
  oneOf: (column, list) => `${column} IN (SELECT value FROM json_each(${list}))`,
  noneOf: (column, list) => `${column} NOT IN (SELECT value FROM json_each(${list}))`,
  // As one compound SELECT, which SQLite merges without sorting.
  merged: (selects, order) => `${selects.join(' UNION ALL ')} ${order}`,
  pairs: (ones, others) => `(
    SELECT one.value AS one, other.value AS other
    FROM json_each(${ones}) one JOIN json_each(${others}) other ON other.key = one.key)`,
  firstOfEach: (list, table, columns, condition) => `
    SELECT ${columns} FROM (SELECT value AS text FROM json_each(${list})) listed CROSS JOIN ${table}
      ON ${table}.id IN (SELECT id FROM ${table} WHERE ${condition('listed.text')})`,
  element: (list, index) => `json_extract(${list}, '$[' || ${index} || ']')`,
  json: (column) => `json(${column})`,
  jsonRows: (fields, order) => `json_group_array(json_object(${fieldList(fields)}) ORDER BY ${order})`,
  least: (one, other) => `min(${one}, ${other})`,
  tuples: (columns, order) => `json_group_array(json_array(${columns}) ORDER BY ${order})`,
  lockFree: () => '',
  statement,
  statements,
};
