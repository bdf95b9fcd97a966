/** The database's clock, in microseconds: the only clock for leases and expiry. */
export const NOW = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`;

/**
 * The same, read once per statement. For conditions, because PostgreSQL uses no index for a comparison with a
 * volatile expression and reads the whole table instead.
 */
export const NOW_ONCE = `(SELECT ${NOW})`;

/**
 * A CTE that limits how long the statement waits for locked rows, without another round trip: join it where the rows
 * are locked. The limit, `$1`, ends with the transaction; null keeps the caller's own setting.
 */
export const LOCK_LIMIT = `lock_limit AS MATERIALIZED (
  SELECT set_config('lock_timeout', coalesce($1::text, current_setting('lock_timeout')), true)
)`;

/** As LOCK_LIMIT, by name. */
export const LOCK_WAIT = LOCK_LIMIT.replace('$1::text', ':lockTimeout');

/** Whether a session has not expired; `ttl` (a parameter, microseconds or null) limits its life. */
export function alive(session: string, ttl: string): string {
  return `(${ttl}::bigint IS NULL OR ${session}.status IN ('running', 'interrupted')
    OR ${session}.settled_at > ${NOW_ONCE} - ${ttl})`;
}

/** Whether a session has this id, module and owner (null: any), and has not expired. */
export function scoped(
  session: string,
  parameters: { id: string; module: string; owner: string; ttl: string },
): string {
  const { id, module, owner, ttl } = parameters;
  return `${session}.id = ${id}::uuid AND ${session}.module = ${module}::text
    AND (${owner}::text IS NULL OR ${session}.owner = ${owner}) AND ${alive(session, ttl)}`;
}

/** The messages `m` of a history as one text; null if there are none. */
export const HISTORY_TUPLES = `json_agg(json_build_array(m.role, m.content, m.details) ORDER BY m.position)::text`;
