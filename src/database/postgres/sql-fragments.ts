/** The database's clock, in microseconds: the only clock for leases and expiry. */
export const NOW = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`;

/**
 * The same, read once per statement. For conditions, because PostgreSQL uses no index for a comparison with a
 * volatile expression and reads the whole table instead.
 */
export const NOW_ONCE = `(SELECT ${NOW})`;

/** The database's clock at the beginning of the statement. */
export const STATEMENT_BEGAN = `(extract(epoch FROM statement_timestamp()) * 1000000)::bigint`;

/**
 * A CTE that limits how long the statement waits for locked rows, at no round trip of its own: join it where
 * the rows are locked. The limit, `:lockTimeout`, ends with the transaction; null leaves a caller's own setting as it is.
 */
export const LOCK_LIMIT = `lock_limit AS MATERIALIZED (
  SELECT set_config('lock_timeout', coalesce(:lockTimeout, current_setting('lock_timeout')), true)
)`;

/** The messages `m` of a history as one text; null if there are none. */
export const HISTORY_TUPLES = `json_agg(json_build_array(m.role, m.content, m.details) ORDER BY m.position)::text`;

/**
 * The rows of parallel arrays. PostgreSQL plans a statement anew for each execution as long as plans for the arrays'
 * lengths look cheaper than one for all, so they are hidden from its planner.
 */
export function unnested(...arrays: string[]): string {
  return `unnest(${arrays.map((array) => `(SELECT ${array})`).join(', ')})`;
}
