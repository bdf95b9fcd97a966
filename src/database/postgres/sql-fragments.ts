/** The database's clock, in microseconds: the only clock that leases and expiry go by. */
export const NOW = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint`;

/**
 * The same, read once per statement. For conditions: PostgreSQL uses no index for a comparison with a volatile
 * expression, and reads the whole table instead.
 */
export const NOW_ONCE = `(SELECT ${NOW})`;

/**
 * A CTE that limits how long the statement waits for locked rows, at no round trip of its own: join it where
 * the rows are locked. The limit, `$1`, ends with the transaction; null leaves a caller's own setting as it is.
 */
export const LOCK_LIMIT = `lock_limit AS MATERIALIZED (
  SELECT set_config('lock_timeout', coalesce($1::text, current_setting('lock_timeout')), true)
)`;

/** As LOCK_LIMIT, by name. */
export const LOCK_WAIT = LOCK_LIMIT.replace('$1::text', ':lockTimeout');

/** That a session has not expired, where `ttl` (a parameter, microseconds or null) limits its life. */
export function alive(session: string, ttl: string): string {
  return `(${ttl}::bigint IS NULL OR ${session}.status IN ('running', 'interrupted')
    OR ${session}.settled_at > ${NOW_ONCE} - ${ttl})`;
}

/** That a session is the one of this id, in this module, of this owner (null: any), and has not expired. */
export function scoped(
  session: string,
  parameters: { id: string; module: string; owner: string; ttl: string },
): string {
  const { id, module, owner, ttl } = parameters;
  return `${session}.id = ${id}::uuid AND ${session}.module = ${module}::text
    AND (${owner}::text IS NULL OR ${session}.owner = ${owner}) AND ${alive(session, ttl)}`;
}

/** A history as one text, of the messages `m`; null where there are none. */
export const HISTORY_TUPLES = `json_agg(json_build_array(m.role, m.content, m.details) ORDER BY m.position)::text`;
