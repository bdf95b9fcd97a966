/** What a delivery is made of: the CTE `turn`, which ends a turn, returns it. */
export const ENDED_TURN = `t.id, t.module, t.session_id, t.webhook::json AS webhook, t.trace_id, t.total_tokens, t.created_at, t.ended_at`;

/** The history as it was, each message with its position, where the CTE `session` has the turn's session. */
export const HISTORY_BEFORE = `SELECT m.position, m.role, m.content, m.details FROM agent_message m, session WHERE m.session_id = session.id`;

/**
 * A CTE that leaves a delivery behind where the turn has a webhook, in the statement that ends it. The
 * parameters are SQL expressions; `history` may add what the end has just recorded.
 */
export function leaveDelivery(
  status: 'idle' | 'error',
  { response = 'NULL', error = 'NULL', history = HISTORY_BEFORE },
): string {
  return `
    delivery AS (
      INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, token, allow_private_addresses, status,
        next_attempt_at, claim, tries, attempts, session_status, response, error, messages, trace_id,
        total_tokens, total_duration, created_at)
      SELECT gen_random_uuid(), turn.module, turn.session_id, turn.id, turn.webhook->>'url',
        turn.webhook->>'origin', turn.webhook->>'token',
        (turn.webhook->>'allow_private_addresses')::boolean, 'pending', turn.ended_at, 0, 0, '[]',
        '${status}', ${response}, ${error},
        CASE WHEN (turn.webhook->>'include_messages')::boolean THEN (
          SELECT coalesce(json_agg(json_build_array(h.role, h.content, h.details) ORDER BY h.position), '[]')::text
          FROM (${history}) h
        ) END,
        turn.trace_id, turn.total_tokens, turn.ended_at - turn.created_at, turn.ended_at
      FROM turn WHERE turn.webhook IS NOT NULL
    )`;
}
