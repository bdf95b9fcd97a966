import { NOT_CALLED_YET, OWN_PROCESS } from '../database.options.js';
import { SCOPED } from './sql-fragments.js';

// The statements of the SQLite store's transactions. The end of a run starts with the statement that contains its
// attempt: if that changes no row, the run is lost and the transaction changes nothing more.

export const SESSION_STATE = `
  SELECT s.owner, s.current_turn_id, s.turn_count, s.message_count, s.history_bytes FROM agent_session s
  WHERE ${SCOPED}`;

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

export const INSERT_RUNNING_TURN = `
  INSERT INTO agent_turn
    (id, session_id, module, number, status, input, webhook, trace_id, traceparent, attempt, lost_runs,
      created_at, queued_at, started_at, lease_until, worker)
  VALUES (@id, @sessionId, @module, @number, 'running', @input, @webhook, substr(@traceparent, 4, 32), @traceparent,
    1, ${NOT_CALLED_YET}, @now, @now, @now, @leaseUntil, @worker)`;

export const CLAIM = `
  UPDATE agent_turn
  SET status = 'running', attempt = attempt + 1, lease_until = @leaseUntil, started_at = coalesce(started_at, @now),
    worker = CASE WHEN lost_runs > 0 AND lost_runs + 1 >= @maxAttempts AND @isolated
      THEN '${OWN_PROCESS}' ELSE @worker END,
    suspect = lost_runs > 0 AND lost_runs + 1 >= @maxAttempts AND NOT @isolated
  WHERE id = @turnId AND module = @module AND status = 'queued'
  RETURNING session_id, attempt, input, webhook IS NOT NULL AS has_webhook, traceparent, @now - queued_at AS waited,
    lost_runs > 0 AND lost_runs + 1 >= @maxAttempts AS last_run`;

export const CLAIMED_SESSION = `
  SELECT owner, message_count, history_bytes FROM agent_session WHERE id = @sessionId`;

export const HISTORY = `
  SELECT role, content, details FROM agent_message WHERE session_id = @sessionId ORDER BY position`;

export const RENEW = `
  UPDATE agent_turn SET lease_until = @leaseUntil, lost_runs = max(lost_runs, 0)
  WHERE id = @turnId AND attempt = @attempt AND status = 'running'`;

const END = `
  lease_until = NULL, ended_at = @now,
  total_tokens = CASE WHEN @totalTokens IS NULL THEN total_tokens
    ELSE coalesce(total_tokens, 0) + @totalTokens END
  WHERE id = @turnId AND attempt = @attempt AND status = 'running'`;

export const COMPLETE_TURN = `
  UPDATE agent_turn SET status = 'completed', suspect = false, response = @response, ${END}`;

export const FAIL_TURN = `
  UPDATE agent_turn SET status = 'failed', suspect = false, error = @error, code = @code, ${END}`;

/** A turn whose last worker died stays suspect: the turns that ran beside it are not charged. */
export const FAIL_LOST_TURN = `
  UPDATE agent_turn SET status = 'failed', error = @error, code = 'worker_lost', lost_runs = @lostRuns,
    lease_until = NULL, ended_at = @now
  WHERE id = @turnId`;

export const CANCEL_TURN = `
  UPDATE agent_turn SET status = 'cancelled', suspect = false, error = @error, code = 'cancelled', lease_until = NULL,
    ended_at = @now
  WHERE id = @turnId AND status IN ('queued', 'running', 'interrupted')
  RETURNING webhook IS NOT NULL AS has_webhook`;

export const REQUEUE = `
  UPDATE agent_turn
  SET status = 'queued', suspect = false, lease_until = NULL, queued_at = @now, lost_runs = max(lost_runs, 0)
  WHERE id = @turnId AND attempt = @attempt AND status = 'running'`;

export const FORGET_HISTORY = `DELETE FROM agent_message WHERE session_id = @sessionId`;

export const HISTORY_SIZE = `
  SELECT message_count, history_bytes, history_version FROM agent_session WHERE id = @sessionId`;

export const SETTLE_COMPLETED = `
  UPDATE agent_session
  SET status = 'idle', response = @response, error = NULL, current_turn_id = NULL, message_count = @messageCount,
    history_bytes = @historyBytes, history_version = @historyVersion, settled_at = @now
  WHERE id = @sessionId`;

export const SETTLE_IN_ERROR = `
  UPDATE agent_session
  SET status = 'error', response = NULL, error = @error, current_turn_id = NULL, settled_at = @now
  WHERE id = @sessionId`;

/** The delivery of a turn with a webhook, inserted after all other changes of its end. */
export const LEAVE_DELIVERY = `
  INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, token, allow_private_addresses, status,
    next_attempt_at, claim, tries, attempts, session_status, response, error, message_count, history_bytes,
    history_version, trace_id, total_tokens, total_duration, created_at)
  SELECT @id, t.module, t.session_id, t.id, t.webhook->>'url', t.webhook->>'origin', t.webhook->>'token',
    t.webhook->>'allow_private_addresses', 'pending', t.ended_at, 0, 0, '[]', s.status, s.response, s.error,
    CASE WHEN t.webhook->>'include_messages' THEN s.message_count END, s.history_bytes, s.history_version,
    t.trace_id, t.total_tokens, t.ended_at - t.created_at, t.ended_at
  FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
  WHERE t.id = @turnId AND t.webhook IS NOT NULL`;

/**
 * One that ran beside a turn that is taken for the cause of its worker's death is not charged; nor is one that ran in
 * a process of its own which cannot have caused it, up to a number of runs.
 */
export const LOST_RUNS = `
  SELECT t.id, t.session_id, t.attempt, t.lost_runs, s.owner, t.webhook IS NOT NULL AS has_webhook, CASE
      WHEN t.worker = '${OWN_PROCESS}' THEN t.attempt >= @maxIsolated
      ELSE t.suspect OR NOT EXISTS (
    SELECT 1 FROM agent_turn other
    WHERE other.worker = t.worker AND other.suspect AND other.id <> t.id
      AND (other.status = 'running' OR other.code = 'worker_lost')
  )
    END AS charged
  FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
  WHERE t.module = @module AND t.status = 'running' AND t.lease_until < @now
    AND t.id NOT IN (SELECT value FROM json_each(@ownIds))
  ORDER BY t.lease_until LIMIT @limit`;

export const IS_LOST = `
  SELECT 1 FROM agent_turn
  WHERE id = @turnId AND attempt = @attempt AND status = 'running' AND lease_until < @now`;

export const REQUEUE_LOST = `
  UPDATE agent_turn SET status = 'queued', suspect = false, lease_until = NULL, queued_at = @now, lost_runs = @lostRuns
  WHERE id = @turnId`;

/** A queued turn that cannot be claimed. */
export const UNCLAIMABLE = `
  SELECT t.id, t.session_id, t.attempt, t.lost_runs, s.owner, t.webhook IS NOT NULL AS has_webhook, true AS charged
  FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
  WHERE t.id = @turnId AND t.module = @module AND t.status = 'queued'`;

export const QUEUED = `
  SELECT id FROM agent_turn WHERE module = @module AND status = 'queued' AND queued_at <= @before
  ORDER BY queued_at LIMIT @limit`;

/** The session's row once for each turn of a page, or alone if the page is empty. */
export const LIST = `
  SELECT s.turn_count, t.* FROM agent_session s LEFT JOIN (
    SELECT id, session_id, number, status, input, response, error, code, attempt, total_tokens, created_at, started_at,
      ended_at
    FROM (
      SELECT page.*, sum(octet_length(input) + coalesce(octet_length(response), 0)) OVER (ORDER BY number) AS bytes,
        row_number() OVER (ORDER BY number) AS place
      FROM (
        SELECT * FROM agent_turn WHERE session_id = @id AND number > @after ORDER BY number LIMIT @limit
      ) page
    )
    WHERE place = 1 OR bytes <= @bytes
  ) t ON t.session_id = s.id
  WHERE ${SCOPED}
  ORDER BY t.number`;
