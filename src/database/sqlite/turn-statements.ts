// The statements that the SQLite store's transactions are made of. Whoever ends a run begins with the statement
// that names its attempt: where that changes no row, the run is lost and the transaction does nothing more.

export const OCCUPY_SESSION = `
  UPDATE agent_session
  SET status = 'running', response = NULL, error = NULL, current_turn_id = @turnId, turn_count = turn_count + 1
  WHERE id = @sessionId`;

export const INSERT_TURN = `
  INSERT INTO agent_turn
    (id, session_id, module, number, status, input, webhook, trace_id, traceparent, attempt, lost_runs,
      created_at, queued_at)
  VALUES (@id, @sessionId, @module, @number, 'queued', @input, @webhook, substr(@traceparent, 4, 32), @traceparent,
    0, 0, @now, @now)`;

export const CLAIM = `
  UPDATE agent_turn
  SET status = 'running', attempt = attempt + 1, lease_until = @leaseUntil, started_at = coalesce(started_at, @now)
  WHERE id = @turnId AND module = @module AND status = 'queued'
    AND (@alone OR lost_runs = 0 OR lost_runs + 1 < @maxAttempts)
  RETURNING session_id, attempt, input, webhook IS NOT NULL AS has_webhook, traceparent, @now - queued_at AS waited,
    (SELECT s.owner FROM agent_session s WHERE s.id = agent_turn.session_id) AS owner`;

export const IS_QUEUED = `
  SELECT 1 FROM agent_turn WHERE id = @turnId AND module = @module AND status = 'queued'`;

export const HISTORY = `
  SELECT role, content, details FROM agent_message WHERE session_id = @sessionId ORDER BY position`;

export const RENEW = `
  UPDATE agent_turn SET lease_until = @leaseUntil
  WHERE id = @turnId AND attempt = @attempt AND status = 'running'`;

const END = `
  lease_until = NULL, ended_at = @now,
  total_tokens = CASE WHEN @totalTokens IS NULL THEN total_tokens
    ELSE coalesce(total_tokens, 0) + @totalTokens END
  WHERE id = @turnId AND attempt = @attempt AND status = 'running'`;

export const COMPLETE_TURN = `UPDATE agent_turn SET status = 'completed', response = @response, ${END}`;

export const FAIL_TURN = `UPDATE agent_turn SET status = 'failed', error = @error, ${END}`;

export const CANCEL_TURN = `
  UPDATE agent_turn SET status = 'cancelled', error = @error, lease_until = NULL, ended_at = @now
  WHERE id = @turnId`;

export const REQUEUE = `
  UPDATE agent_turn SET status = 'queued', lease_until = NULL, queued_at = @now
  WHERE id = @turnId AND attempt = @attempt AND status = 'running'`;

export const FORGET_HISTORY = `DELETE FROM agent_message WHERE session_id = @sessionId`;

export const MESSAGE_COUNT = `SELECT message_count FROM agent_session WHERE id = @sessionId`;

export const SETTLE_SESSION = `
  UPDATE agent_session
  SET status = @status, response = @response, error = @error, current_turn_id = NULL,
    message_count = @messageCount, settled_at = @now
  WHERE id = @sessionId`;

/** What the end of a turn with a webhook leaves behind, once all else of the end is written. */
export const LEAVE_DELIVERY = `
  INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, token, allow_private_addresses, status,
    next_attempt_at, claim, tries, attempts, session_status, response, error, messages, trace_id,
    total_tokens, total_duration, created_at)
  SELECT @id, t.module, t.session_id, t.id, t.webhook->>'url', t.webhook->>'origin', t.webhook->>'token',
    t.webhook->>'allow_private_addresses', 'pending', t.ended_at, 0, 0, '[]', s.status, s.response, s.error,
    CASE WHEN t.webhook->>'include_messages' THEN (
      SELECT json_group_array(json_array(m.role, m.content, m.details) ORDER BY m.position)
      FROM agent_message m WHERE m.session_id = s.id
    ) END,
    t.trace_id, t.total_tokens, t.ended_at - t.created_at, t.ended_at
  FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
  WHERE t.id = @turnId AND t.webhook IS NOT NULL`;

export const LOST_RUNS = `
  SELECT t.id, t.session_id, t.attempt, t.lost_runs + 1 AS lost_runs, s.owner
  FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
  WHERE t.module = @module AND t.status = 'running' AND t.lease_until < @now
    AND t.id NOT IN (SELECT value FROM json_each(@ownIds))
  ORDER BY t.lease_until LIMIT @limit`;

export const COUNT_LOST_RUN = `UPDATE agent_turn SET lost_runs = lost_runs + 1 WHERE id = @turnId`;

export const QUEUED = `
  SELECT id FROM agent_turn WHERE module = @module AND status = 'queued' AND queued_at <= @before
  ORDER BY queued_at LIMIT @limit`;

export const LIST = `
  SELECT id, number, status, input, response, error, attempt, total_tokens, created_at, started_at, ended_at
  FROM agent_turn WHERE session_id = @sessionId ORDER BY number`;
