import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';
import { SCOPED } from './sql-fragments.js';

/** About the size of a delivery's payload. */
const BYTES = `coalesce(octet_length(response), 0) + coalesce(octet_length(error), 0)
  + CASE WHEN message_count IS NULL OR history_bytes > ${SHOWN_HISTORY_BYTES} THEN 0 ELSE coalesce(history_bytes, 0) END`;

const DUE_COLUMNS = `id, origin, session_id, next_attempt_at, ${BYTES} AS bytes, next_attempt_at - @now AS wait`;

const IS_DUE = `module = @module AND status = 'pending' AND next_attempt_at <= @now`;

export const DUE_OF_TURN = `
  SELECT ${DUE_COLUMNS} FROM agent_webhook_delivery WHERE turn_id = @turnId AND ${IS_DUE}`;

export const DUE = `
  SELECT * FROM (
    SELECT ${DUE_COLUMNS} FROM agent_webhook_delivery
    WHERE module = @module AND status = 'pending' AND next_attempt_at <= @now + @ahead
      AND next_attempt_at >= @afterAt AND (next_attempt_at, id) > (@afterAt, @afterId)
      AND next_attempt_at >= @since AND origin NOT IN (SELECT value FROM json_each(@origins))
      AND session_id NOT IN (SELECT value FROM json_each(@sessions))
  )
  WHERE bytes <= @small OR (bytes <= @maxBytes AND origin NOT IN (SELECT value FROM json_each(@largeTo)))
  ORDER BY next_attempt_at, id LIMIT @limit`;

export const CLAIM = `
  UPDATE agent_webhook_delivery
  SET claim = claim + 1, tries = min(tries + 1, @mostTries),
    attempts = CASE WHEN tries < @mostTries THEN
        substr(attempts, 1, length(attempts) - 1) || CASE WHEN attempts = '[]' THEN '' ELSE ',' END || @note || ']'
      ELSE attempts END,
    next_attempt_at = @now + @time + coalesce(json_extract(@pauses, '$[' || tries || ']'), 0)
  WHERE id = @id AND ${IS_DUE}
  RETURNING id, claim, session_id, turn_id, url, token, allow_private_addresses, tries, attempts, session_status,
    response, error, message_count, history_bytes, trace_id, total_tokens, total_duration,
    (SELECT s.owner FROM agent_session s WHERE s.id = agent_webhook_delivery.session_id) AS owner,
    (SELECT t.traceparent FROM agent_turn t WHERE t.id = agent_webhook_delivery.turn_id) AS traceparent`;

/** The turn stands for the session that the delivery is of: another one may have its id by now. */
export const HISTORY = `
  SELECT d.message_count, m.position, m.role, m.content, m.details FROM agent_webhook_delivery d
  JOIN agent_turn t ON t.id = d.turn_id
  JOIN agent_session s ON s.id = t.session_id AND s.history_version = d.history_version
  LEFT JOIN (
    SELECT session_id, position, role, content, details FROM (
      SELECT page.*, sum(coalesce(octet_length(content), 0) + coalesce(octet_length(details), 0))
        OVER (ORDER BY position) AS bytes
      FROM (
        SELECT * FROM agent_message
        WHERE session_id = @sessionId AND position >= @after
          AND position < (SELECT message_count FROM agent_webhook_delivery WHERE id = @id)
        ORDER BY position LIMIT @limit
      ) page
    )
    WHERE position = @after OR bytes <= @bytes
  ) m ON m.session_id = s.id
  WHERE d.id = @id AND d.claim = @claim
  ORDER BY m.position`;

export const KEPT_HISTORY = `SELECT messages FROM agent_webhook_delivery WHERE id = @id AND claim = @claim`;

export const RECORD = `
  UPDATE agent_webhook_delivery SET status = @status, attempts = @attempts, next_attempt_at = @next
  WHERE id = @id AND claim = @claim`;

/** For an attempt whose claim was lost: it goes in the place of its note, where that is still there. */
export const RECORD_LATE = `
  UPDATE agent_webhook_delivery SET attempts = replace(attempts, @note, @attempt) WHERE id = @id`;

/** A delivery that comes to its end after its session has expired goes as well. */
export const REMOVE_ORPHAN = `
  DELETE FROM agent_webhook_delivery AS d
  WHERE d.id = @id AND d.status <> 'pending' AND NOT EXISTS (SELECT 1 FROM agent_turn t WHERE t.id = d.turn_id)`;

export const RELEASE = `
  UPDATE agent_webhook_delivery SET tries = tries - 1, attempts = @attempts, next_attempt_at = @now
  WHERE id = @id AND claim = @claim AND status = 'pending'`;

export const LIST = `
  SELECT d.* FROM agent_session s LEFT JOIN (
    SELECT t.session_id, d.id, t.number, d.turn_id, d.url, d.status, d.next_attempt_at, d.attempts, d.created_at
    FROM agent_turn t JOIN agent_webhook_delivery d ON d.turn_id = t.id
    WHERE t.session_id = @id AND t.number > @after AND t.webhook IS NOT NULL
    ORDER BY t.number, d.created_at, d.id LIMIT @limit
  ) d ON d.session_id = s.id
  WHERE ${SCOPED}
  ORDER BY d.number, d.created_at, d.id`;

export const FIND_SESSION = `SELECT s.id FROM agent_session s WHERE ${SCOPED}`;

/** In one transaction with {@link FIND_SESSION}, which says that the session may be seen. */
export const REDELIVER = `
  UPDATE agent_webhook_delivery
  SET status = 'pending', claim = claim + 1, tries = 0, next_attempt_at = @now, allow_private_addresses = @private
  WHERE id = @id AND turn_id IN (SELECT id FROM agent_turn WHERE session_id = @sessionId)
  RETURNING turn_id`;
