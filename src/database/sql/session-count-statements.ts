import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

const OF_MODULE = { module: 'text' } as const;

/** The statements on the number of sessions that `maxSessions` limits. */
export function sessionCountStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, statement } = dialect;
  return {
    /** One row if the count exists; `age` is null if it was never compared with the sessions. */
    COUNT_AGE: statement(
      'session_count_age',
      { ...OF_MODULE, ...clock },
      `SELECT ${dialect.nowOnce} - counted_at AS age FROM agent_session_count
       WHERE module = :module AND change = 'created'`,
    ),

    /** From now on every transaction that creates or removes sessions changes the count. */
    START_COUNT: statement(
      'start_session_count',
      OF_MODULE,
      `INSERT INTO agent_session_count (module, change, total) VALUES (:module, 'created', 0), (:module, 'removed', 0)
       ON CONFLICT DO NOTHING`,
    ),

    /**
     * How many sessions the count misses. Needs no lock, because a transaction changes sessions and count together and
     * the statement sees both or neither.
     */
    COUNT_DRIFT: statement(
      'session_count_drift',
      OF_MODULE,
      `SELECT c.counted_at, s.total - c.total AS drift FROM (
         SELECT max(counted_at) AS counted_at, sum(CASE change WHEN 'created' THEN total ELSE -total END) AS total
         FROM agent_session_count WHERE module = :module
       ) c, (SELECT count(*) AS total FROM agent_session WHERE module = :module) s`,
    ),

    /** Changes nothing if another process has corrected the count since it was compared. */
    CORRECT_COUNT: statement(
      'correct_session_count',
      { ...OF_MODULE, drift: 'bigint', countedAt: 'bigint?', ...clock },
      `UPDATE agent_session_count SET total = total + :drift, counted_at = ${dialect.now}
       WHERE module = :module AND change = 'created' AND counted_at IS NOT DISTINCT FROM :countedAt
       RETURNING module`,
    ),
  };
}
