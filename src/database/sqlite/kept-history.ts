import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';

/**
 * A statement that gives pending deliveries of sessions a copy of their history before it is removed. `which` selects
 * the sessions' ids.
 */
export function keepShownHistory(which: string): string {
  return `
    UPDATE agent_webhook_delivery AS d SET messages = (
      SELECT json_group_array(json_array(m.role, m.content, m.details) ORDER BY m.position)
      FROM agent_message m WHERE m.session_id = d.session_id AND m.position < d.message_count
    )
    WHERE d.turn_id IN (SELECT t.id FROM agent_turn t WHERE t.session_id IN (${which}))
      AND d.status = 'pending' AND d.messages IS NULL AND d.message_count IS NOT NULL
      AND d.history_bytes <= ${SHOWN_HISTORY_BYTES}
      AND d.history_version = (SELECT history_version FROM agent_session WHERE id = d.session_id)`;
}
