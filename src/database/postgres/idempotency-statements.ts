import { alive, NOW } from './sql-fragments.js';

/** $1 lock limit, $2 request; whether nobody else is carrying the request out at this moment */
export const LOCK_REQUEST = {
  name: 'lock_idempotent_request',
  text: `SELECT set_config('lock_timeout', coalesce($1::text, current_setting('lock_timeout')), true),
    pg_try_advisory_xact_lock(hashtextextended($2::text, 0)) AS locked`,
};

/** $1 request, $2 ttl */
export const FIND_REQUEST = {
  name: 'find_idempotent_request',
  text: `SELECT i.body_hash, i.answer FROM agent_idempotency i JOIN agent_session s ON s.id = i.session_id
    WHERE i.id = $1::text AND ${alive('s', '$2')}`,
};

/** $1 request, $2 session, $3 body hash, $4 answer; a row that is there belongs to a session that has expired */
export const RECORD_REQUEST = {
  name: 'record_idempotent_request',
  text: `
    WITH recorded AS (
      INSERT INTO agent_idempotency (id, session_id, body_hash, answer, created_at)
      VALUES ($1::text, $2::uuid, $3::text, $4::text, ${NOW})
      ON CONFLICT (id) DO UPDATE
      SET session_id = excluded.session_id, body_hash = excluded.body_hash, answer = excluded.answer,
        created_at = excluded.created_at
      RETURNING id
    )
    SELECT id FROM recorded`,
};
