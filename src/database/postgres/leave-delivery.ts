import type { ReportedStatus } from '../../webhooks/delivery.js';
import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';

/** The columns for a delivery, returned by the CTE `turn` that ends a turn. */
export const ENDED_TURN = `t.id, t.module, t.session_id, t.webhook::json AS webhook, t.trace_id, t.total_tokens, t.created_at, t.ended_at,
  t.attempt, t.last_event_id`;

/**
 * A CTE that inserts a delivery if the turn has a webhook, in the statement that ends or interrupts it. The parameters are SQL
 * expressions; the CTE `session` has the turn's session in its previous state. Only the length of the history is
 * stored: the messages are read when the delivery is made.
 */
export function leaveDelivery(
  status: ReportedStatus,
  {
    response = 'NULL',
    error = 'NULL',
    interrupts = 'NULL',
    messageCount = 'session.message_count',
    historyBytes = 'session.history_bytes',
    only = '',
  },
): string {
  return `
    delivery AS (
      INSERT INTO agent_webhook_delivery (id, module, session_id, turn_id, url, origin, token, allow_private_addresses, status,
        next_attempt_at, claim, tries, attempts, session_status, response, error, interrupts, message_count, history_bytes,
        history_version, trace_id, total_tokens, total_duration, created_at)
      SELECT gen_random_uuid(), turn.module, turn.session_id, turn.id, turn.webhook->>'url',
        turn.webhook->>'origin', turn.webhook->>'token',
        (turn.webhook->>'allow_private_addresses')::boolean, 'pending', turn.ended_at, 0, 0, '[]',
        '${status}', ${response}, ${error}, ${interrupts},
        CASE WHEN (turn.webhook->>'include_messages')::boolean THEN ${messageCount} END,
        ${historyBytes}, session.history_version,
        turn.trace_id, turn.total_tokens, turn.ended_at - turn.created_at, turn.ended_at
      FROM turn, session WHERE turn.webhook IS NOT NULL ${only}
    )`;
}

/**
 * A CTE that gives pending deliveries of the sessions in the CTE `sessions` a copy of the history that they show,
 * before the history goes. A history that is too large would not be shown anyway.
 */
export function keepShownHistory(sessions: string): string {
  return `
    kept AS (
      UPDATE agent_webhook_delivery d SET messages = (
        SELECT coalesce(json_agg(json_build_array(m.role, m.content, m.details) ORDER BY m.position), '[]')::text
        FROM agent_message m WHERE m.session_id = d.session_id AND m.position < d.message_count
      )
      FROM ${sessions} gone, agent_turn t, agent_session s
      WHERE t.session_id = gone.id AND s.id = gone.id AND d.turn_id = t.id AND d.status = 'pending'
        AND d.messages IS NULL AND d.message_count IS NOT NULL AND d.history_bytes <= ${SHOWN_HISTORY_BYTES}
        AND d.history_version = s.history_version
    )`;
}
