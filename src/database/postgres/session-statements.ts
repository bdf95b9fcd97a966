import { keepShownHistory } from './leave-delivery.js';
import { alive, LOCK_LIMIT, NOW, NOW_ONCE, scoped } from './sql-fragments.js';

export const CREATE = {
  name: 'create_session',
  text: `
    WITH ${LOCK_LIMIT}, created AS (
      INSERT INTO agent_session
        (id, module, owner, status, metadata, message_count, history_bytes, history_version, turn_count, created_at,
          settled_at)
      SELECT $2::uuid, $3::text, $4::text, 'idle', $5::text, cardinality($6::text[]), $11::bigint, 0, 0, moment.now,
        moment.now
      FROM lock_limit, (SELECT ${NOW} AS now) moment
      WHERE $9::int IS NULL
        OR (SELECT count(*) FROM agent_session s WHERE s.module = $3::text AND ${alive('s', '$10')}) < $9::int
      ON CONFLICT (id) DO NOTHING
      RETURNING id
    ), preloaded AS (
      INSERT INTO agent_message (session_id, position, role, content, details)
      SELECT created.id, m.ordinality - 1, m.role, m.content, m.details
      FROM created, unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY m (role, content, details)
    )
    SELECT EXISTS (SELECT FROM created) AS created,
      EXISTS (SELECT FROM agent_session s WHERE s.id = $2::uuid) AS exists`,
};

/** Creators of one module's sessions queue up here, so that `maxSessions` is exact. */
export const LOCK_MODULE = {
  name: 'lock_module',
  text: `SELECT set_config('lock_timeout', coalesce($1::text, current_setting('lock_timeout')), true),
    pg_advisory_xact_lock(hashtextextended('agent_session:' || $2::text, 0))`,
};

/** Deliveries of the sessions that the statement has removed; what is pending outlives an expired one. */
function dropDeliveries(which = ''): string {
  return `DELETE FROM agent_webhook_delivery d USING agent_turn t, removed
    WHERE t.session_id = removed.id AND d.turn_id = t.id ${which}`;
}

const FINISHED = `AND d.status <> 'pending'`;

export const REMOVE_EXPIRED_ONE = {
  name: 'remove_expired_session',
  text: `WITH removed AS (
      DELETE FROM agent_session s WHERE s.id = $1::uuid AND s.module = $2::text AND NOT ${alive('s', '$3')} RETURNING s.id, s.owner
    ), ${keepShownHistory('removed', '$4')}, dropped AS (${dropDeliveries(FINISHED)})
    SELECT id, owner FROM removed`,
};

export const FIND = {
  name: 'find_session',
  text: `SELECT id, status, response, error, metadata FROM agent_session s
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}`,
};

/**
 * The session's row, once for each message of the batch, or alone where the batch is empty. $1 session, $2 module,
 * $3 owner, $4 ttl, $5 first position, $6 limit, $7 bytes at which the batch ends
 */
export const HISTORY = {
  name: 'session_history',
  text: `
    SELECT s.history_version, s.message_count, m.* FROM agent_session s LEFT JOIN LATERAL (
      SELECT position, role, content, details FROM (
        SELECT page.*, sum(coalesce(octet_length(content), 0) + coalesce(octet_length(details), 0))
          OVER (ORDER BY position) AS bytes
        FROM (
          SELECT * FROM agent_message WHERE session_id = s.id AND position >= $5::int ORDER BY position LIMIT $6::int
        ) page
      ) sized
      WHERE position = $5::int OR bytes <= $7::bigint
    ) m ON true
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}
    ORDER BY m.position`,
};

export const REMOVE = {
  name: 'remove_session',
  text: `WITH ${LOCK_LIMIT}, removed AS (
      DELETE FROM agent_session s USING lock_limit
      WHERE ${scoped('s', { id: '$2', module: '$3', owner: '$4', ttl: '$5' })}
      RETURNING s.id, s.owner
    ), dropped AS (${dropDeliveries()})
    SELECT id, owner FROM removed`,
};

export const STILL_RUNNING = {
  name: 'still_running_sessions',
  text: `SELECT id FROM agent_session WHERE id = ANY($1::uuid[]) AND status = 'running'`,
};

export const COUNT = {
  name: 'count_sessions',
  text: `SELECT count(*) AS total FROM agent_session s WHERE s.module = $1::text AND ${alive('s', '$2')}`,
};

export const REMOVE_EXPIRED = {
  name: 'remove_expired_sessions',
  text: `WITH expired AS (
      SELECT id FROM agent_session
      WHERE module = $1::text AND settled_at <= ${NOW_ONCE} - $2::bigint AND status IN ('idle', 'error')
      ORDER BY settled_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ), ${keepShownHistory('expired', '$4')}, removed AS (
      DELETE FROM agent_session s USING expired WHERE s.id = expired.id RETURNING s.id, s.owner
    ), dropped AS (${dropDeliveries(FINISHED)})
    SELECT id, owner FROM removed`,
};
