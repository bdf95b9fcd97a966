import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';
import { NOW, NOW_ONCE, scoped } from './sql-fragments.js';

/** About the size of a delivery's payload. */
const BYTES = `coalesce(octet_length(response), 0) + coalesce(octet_length(error), 0)
  + CASE WHEN message_count IS NULL OR history_bytes > ${SHOWN_HISTORY_BYTES} THEN 0 ELSE coalesce(history_bytes, 0) END`;

const DUE_COLUMNS = `id, origin, session_id, next_attempt_at, ${BYTES} AS bytes, next_attempt_at - ${NOW_ONCE} AS wait`;

export const DUE_OF_TURN = {
  name: 'due_deliveries_of_turn',
  text: `SELECT ${DUE_COLUMNS} FROM agent_webhook_delivery
    WHERE turn_id = $1::uuid AND module = $2::text AND status = 'pending' AND next_attempt_at <= ${NOW_ONCE}`,
};

/**
 * $1 module, $2 limit, $3 microseconds ahead, $4 and $5 where it goes on, $6 origins and $7 sessions left out, $8 small
 * size, $9 largest size, $10 origins whose large payloads are left out, $11 microseconds since it was due, or null
 */
export const DUE = {
  name: 'due_deliveries',
  text: `SELECT * FROM (
      SELECT ${DUE_COLUMNS} FROM agent_webhook_delivery
      WHERE module = $1::text AND status = 'pending' AND next_attempt_at <= ${NOW_ONCE} + $3::bigint
        AND next_attempt_at >= $4::bigint AND (next_attempt_at, id) > ($4::bigint, $5::uuid)
        AND next_attempt_at >= coalesce(${NOW_ONCE} - $11::bigint, 0)
        AND origin NOT IN (SELECT unnest($6::text[])) AND session_id NOT IN (SELECT unnest($7::uuid[]))
    ) found
    WHERE bytes <= $8::bigint OR (bytes <= $9::bigint AND origin NOT IN (SELECT unnest($10::text[])))
    ORDER BY next_attempt_at, id LIMIT $2::int`,
};

/** $1 delivery, $2 module, $3 microseconds, $4 most tries, $5 pauses after each try, $6 the note of this one */
export const CLAIM = {
  name: 'claim_delivery',
  text: `WITH claimed AS (
      UPDATE agent_webhook_delivery
      SET claim = claim + 1, tries = least(tries + 1, $4::int),
        attempts = CASE WHEN tries < $4 THEN
            left(attempts, -1) || CASE WHEN attempts = '[]' THEN '' ELSE ',' END || $6::text || ']'
          ELSE attempts END,
        next_attempt_at = ${NOW} + $3::bigint + coalesce(($5::bigint[])[tries + 1], 0)
      WHERE id = $1::uuid AND module = $2::text AND status = 'pending' AND next_attempt_at <= ${NOW_ONCE}
      RETURNING id, claim, session_id, turn_id, url, token, allow_private_addresses, tries, attempts, session_status,
        response, error, message_count, history_bytes, trace_id, total_tokens, total_duration
    )
    SELECT claimed.*, (SELECT s.owner FROM agent_session s WHERE s.id = claimed.session_id) AS owner,
      (SELECT t.traceparent FROM agent_turn t WHERE t.id = claimed.turn_id) AS traceparent
    FROM claimed`,
};

/**
 * The turn stands for the session that the delivery is of: another one may have its id by now. $1 delivery, $2 claim,
 * $3 first position, $4 limit, $5 bytes at which the batch ends
 */
export const HISTORY = {
  name: 'delivery_history',
  text: `SELECT d.message_count, m.* FROM agent_webhook_delivery d
    JOIN agent_turn t ON t.id = d.turn_id
    JOIN agent_session s ON s.id = t.session_id AND s.history_version = d.history_version
    LEFT JOIN LATERAL (
      SELECT position, role, content, details FROM (
        SELECT page.*, sum(coalesce(octet_length(content), 0) + coalesce(octet_length(details), 0))
          OVER (ORDER BY position) AS bytes
        FROM (
          SELECT * FROM agent_message
          WHERE session_id = s.id AND position >= $3::int AND position < d.message_count ORDER BY position LIMIT $4::int
        ) page
      ) sized
      WHERE position = $3::int OR bytes <= $5::bigint
    ) m ON true
    WHERE d.id = $1::uuid AND d.claim = $2::int
    ORDER BY m.position`,
};

export const KEPT_HISTORY = {
  name: 'delivery_kept_history',
  text: `SELECT messages FROM agent_webhook_delivery WHERE id = $1::uuid AND claim = $2::int`,
};

/** A delivery that comes to its end after its session has expired goes as well. */
export const RECORD = {
  name: 'record_delivery_attempt',
  text: `WITH orphan AS (
      DELETE FROM agent_webhook_delivery d
      WHERE d.id = $1::uuid AND d.claim = $2::int AND $3::text <> 'pending'
        AND NOT EXISTS (SELECT FROM agent_turn t WHERE t.id = d.turn_id)
      RETURNING d.id
    ), recorded AS (
      UPDATE agent_webhook_delivery d
      SET status = $3::text, attempts = $4::text, next_attempt_at = ${NOW} + $5::bigint
      WHERE d.id = $1::uuid AND d.claim = $2::int
        AND ($3::text = 'pending' OR EXISTS (SELECT FROM agent_turn t WHERE t.id = d.turn_id))
      RETURNING d.id
    )
    SELECT id FROM recorded UNION ALL SELECT id FROM orphan`,
};

/** For an attempt whose claim was lost: $2 is the note in whose place it goes, where that is still there. */
export const RECORD_LATE = {
  name: 'record_late_delivery_attempt',
  text: `UPDATE agent_webhook_delivery SET attempts = replace(attempts, $2::text, $3::text) WHERE id = $1::uuid`,
};

export const RELEASE = {
  name: 'release_delivery',
  text: `UPDATE agent_webhook_delivery SET tries = tries - 1, attempts = $3::text, next_attempt_at = ${NOW}
    WHERE id = $1::uuid AND claim = $2::int AND status = 'pending'`,
};

/** $1 session, $2 module, $3 owner, $4 ttl, $5 after this turn, $6 limit */
export const LIST = {
  name: 'list_deliveries',
  text: `SELECT d.* FROM agent_session s LEFT JOIN LATERAL (
      SELECT d.id, t.number, d.turn_id, d.url, d.status, d.next_attempt_at, d.attempts, d.created_at
      FROM agent_turn t JOIN agent_webhook_delivery d ON d.turn_id = t.id
      WHERE t.session_id = s.id AND t.number > $5::int AND t.webhook IS NOT NULL
      ORDER BY t.number, d.created_at, d.id LIMIT $6::int
    ) d ON true
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}
    ORDER BY d.number, d.created_at, d.id`,
};

/** $1 session, $2 module, $3 owner, $4 ttl, $5 delivery, $6 whether private addresses are allowed */
export const REDELIVER = {
  name: 'redeliver',
  text: `WITH found AS (
      SELECT s.id FROM agent_session s WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}
    ), due AS (
      UPDATE agent_webhook_delivery d SET status = 'pending', claim = claim + 1, tries = 0, next_attempt_at = ${NOW},
        allow_private_addresses = $6::boolean
      FROM agent_turn t, found
      WHERE d.id = $5::uuid AND t.id = d.turn_id AND t.session_id = found.id
      RETURNING d.turn_id
    )
    SELECT due.turn_id FROM found LEFT JOIN due ON true`,
};
