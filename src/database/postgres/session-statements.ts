import { alive, SCOPE, scoped } from '../sql/conditions.js';
import { sessionColumns, sessionStatements } from '../sql/session-statements.js';
import { keepShownHistory } from './leave-delivery.js';
import { postgres } from './postgres-dialect.js';
import { LOCK_LIMIT, NOW, NOW_ONCE, STATEMENT_BEGAN } from './sql-fragments.js';

const { statement } = postgres;

export const { FIND, HISTORY, HISTORY_WITH_IDS, EXPIRED, STILL_RUNNING, COUNT, LIST } =
  sessionStatements(postgres);

/** Adds the sessions of the CTE `created` or `removed` to the module's count of these, if it has one. */
function countChange(change: 'created' | 'removed'): string {
  return `UPDATE agent_session_count c SET total = c.total + changed.total
    FROM (SELECT count(*) AS total FROM ${change}) changed
    WHERE c.module = :module AND c.change = '${change}' AND changed.total > 0`;
}

// These statements are separate from SQLite's on purpose: each is one statement with all its effects, which costs one
// round trip. SQLite cannot change more than one table in a statement, and need not because it has no round trips.

/** Inserts the entries `:keys` and `:values` of the session in a CTE. */
function findable(session: string): string {
  return `INSERT INTO agent_session_metadata (session_id, key, value, module, owner, created_at)
    SELECT ${session}.id, entry.key, entry.value, ${session}.module, ${session}.owner, ${session}.created_at
    FROM ${session}, unnest(:keys, :values) entry (key, value)`;
}

/**
 * With `maxSessions`, `place` locks the count of created sessions until the commit, so that the limit is exact. That
 * count is the newest; removals and expired sessions are those of the statement's beginning (therefore its clock):
 * there can only be more of them by now.
 */
export const CREATE = statement(
  'create_session',
  {
    lockTimeout: 'text?',
    id: 'uuid',
    module: 'text',
    owner: 'text?',
    metadata: 'text?',
    roles: 'text[]',
    contents: 'text[]',
    details: 'text[]',
    keys: 'text[]',
    values: 'text[]',
    bytes: 'bigint',
    maxSessions: 'int?',
    ttl: 'bigint?',
  },
  `WITH ${LOCK_LIMIT}, place AS MATERIALIZED (
     SELECT c.total - removed.total AS taken
     FROM lock_limit, agent_session_count c JOIN agent_session_count removed ON removed.module = c.module
     WHERE c.module = :module AND c.change = 'created' AND removed.change = 'removed' AND c.counted_at IS NOT NULL
       AND :maxSessions IS NOT NULL
     FOR UPDATE OF c
   ), created AS (
     INSERT INTO agent_session
       (id, module, owner, status, metadata, message_count, history_bytes, history_version, turn_count, created_at,
         settled_at, updated_at)
     SELECT :id, :module, :owner, 'idle', :metadata, cardinality(:roles), :bytes, 0, 0, moment.now, moment.now,
       moment.now
     FROM lock_limit, (SELECT ${NOW} AS now) moment
     WHERE :maxSessions IS NULL OR EXISTS (
       SELECT FROM place WHERE taken < :maxSessions OR (:ttl IS NOT NULL AND taken - (
         SELECT count(*) FROM (
           SELECT FROM agent_session s
           WHERE s.module = :module AND s.settled_at <= (SELECT ${STATEMENT_BEGAN}) - :ttl
             AND s.status IN ('idle', 'error')
           LIMIT taken - :maxSessions + 1
         ) expired) < :maxSessions))
     ON CONFLICT (id) DO NOTHING
     RETURNING id, module, owner, created_at
   ), counted AS (${countChange('created')}), preloaded AS (
     INSERT INTO agent_message (session_id, position, role, content, details, id, created_at)
     SELECT created.id, m.ordinality - 1, m.role, m.content, m.details, gen_random_uuid(), created.created_at
     FROM created, unnest(:roles, :contents, :details) WITH ORDINALITY m (role, content, details)
   ), findable AS (${findable('created')})
   SELECT (SELECT created_at FROM created) AS created_at, EXISTS (SELECT FROM agent_session s WHERE s.id = :id) AS exists,
     EXISTS (SELECT FROM place) AS counted`,
);

export const LOCK_SESSION = statement(
  'lock_session',
  { lockTimeout: 'text?', ...SCOPE },
  `WITH ${LOCK_LIMIT} SELECT s.metadata FROM agent_session s, lock_limit WHERE ${scoped(postgres)} FOR NO KEY UPDATE OF s`,
);

/** After {@link LOCK_SESSION}, in its transaction. */
export const UPDATE_METADATA = statement(
  'update_metadata',
  { id: 'uuid', metadata: 'text?', keys: 'text[]', values: 'text[]' },
  `WITH updated AS (
     UPDATE agent_session s SET metadata = :metadata, updated_at = ${NOW} WHERE s.id = :id RETURNING s.*
   ), forgotten AS (
     DELETE FROM agent_session_metadata m USING updated WHERE m.session_id = updated.id AND m.key <> ALL (:keys)
   ), kept AS (${findable('updated')} ON CONFLICT (session_id, key) DO UPDATE SET value = excluded.value)
   SELECT ${sessionColumns(postgres)} FROM updated s`,
);

/** Deletes the deliveries of removed sessions; pending ones outlive an expired session. */
function dropDeliveries(which = ''): string {
  return `DELETE FROM agent_webhook_delivery d USING agent_turn t, removed
    WHERE t.session_id = removed.id AND d.turn_id = t.id ${which}`;
}

const FINISHED = `AND d.status <> 'pending'`;

export const REMOVE_EXPIRED_ONE = statement(
  'remove_expired_session',
  { lockTimeout: 'text?', id: 'uuid', module: 'text', ttl: 'bigint' },
  `WITH ${LOCK_LIMIT}, removed AS (
     DELETE FROM agent_session s USING lock_limit
     WHERE s.id = :id AND s.module = :module AND NOT ${alive(postgres)}
     RETURNING s.id, s.owner
   ), counted AS (${countChange('removed')}), ${keepShownHistory('removed')}, dropped AS (${dropDeliveries(FINISHED)})
   SELECT id, owner FROM removed`,
);

export const REMOVE = statement(
  'remove_session',
  { lockTimeout: 'text?', ...SCOPE },
  `WITH ${LOCK_LIMIT}, removed AS (
     DELETE FROM agent_session s USING lock_limit WHERE ${scoped(postgres)} RETURNING s.id, s.owner
   ), counted AS (${countChange('removed')}), dropped AS (${dropDeliveries()})
   SELECT id, owner FROM removed`,
);

export const REMOVE_EXPIRED = statement(
  'remove_expired_sessions',
  { lockTimeout: 'text?', module: 'text', ttl: 'bigint', limit: 'int', except: 'uuid[]' },
  `WITH ${LOCK_LIMIT}, expired AS (
     SELECT id FROM agent_session
     WHERE module = :module AND settled_at <= ${NOW_ONCE} - :ttl AND status IN ('idle', 'error')
       AND ${postgres.noneOf('id', ':except')}
     ORDER BY settled_at LIMIT :limit FOR UPDATE SKIP LOCKED
   ), ${keepShownHistory('expired')}, removed AS (
     DELETE FROM agent_session s USING expired, lock_limit WHERE s.id = expired.id RETURNING s.id, s.owner
   ), counted AS (${countChange('removed')}), dropped AS (${dropDeliveries(FINISHED)})
   SELECT id, owner FROM removed`,
);
