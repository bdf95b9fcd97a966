import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';
import { sqlite } from './sqlite-dialect.js';

const { statement } = sqlite;

const SESSION = { sessionId: 'uuid' } as const;

export const HISTORY_SIZE = statement(
  'history_size',
  SESSION,
  `SELECT message_count, history_bytes, history_version FROM agent_session WHERE id = :sessionId`,
);

export const WHOLE_HISTORY = statement(
  'whole_history',
  SESSION,
  `SELECT role, content, details FROM agent_message WHERE session_id = :sessionId ORDER BY position`,
);

export const INSERT_MESSAGE = statement(
  'insert_message',
  {
    ...SESSION,
    position: 'int',
    role: 'text',
    content: 'text?',
    details: 'text?',
    id: 'uuid',
    turnId: 'uuid?',
    now: 'bigint',
  },
  `INSERT INTO agent_message (session_id, position, role, content, details, id, turn_id, created_at)
   VALUES (:sessionId, :position, :role, :content, :details, :id, :turnId, :now)`,
);

/** {@link keepHistoryOf} the turns of sessions, whose ids `which` selects. */
export function keepShownHistory(which: string): string {
  return keepHistoryOf(`SELECT t.id FROM agent_turn t WHERE t.session_id IN (${which})`);
}

/**
 * The text of a statement that gives pending deliveries a copy of the history that they show, before the history goes.
 * `turns` selects the ids of their turns.
 */
export function keepHistoryOf(turns: string): string {
  return `
    UPDATE agent_webhook_delivery AS d SET messages = (
      SELECT json_group_array(json_array(m.role, m.content, m.details) ORDER BY m.position)
      FROM agent_message m WHERE m.session_id = d.session_id AND m.position < d.message_count
    )
    WHERE d.turn_id IN (${turns})
      AND d.status = 'pending' AND d.messages IS NULL AND d.message_count IS NOT NULL
      AND d.history_bytes <= ${SHOWN_HISTORY_BYTES}
      AND d.history_version = (SELECT history_version FROM agent_session WHERE id = d.session_id)`;
}

export const KEEP_SHOWN_HISTORY = statement('keep_shown_history', SESSION, keepShownHistory(':sessionId'));

export const FORGET_HISTORY = statement(
  'forget_history',
  SESSION,
  `DELETE FROM agent_message WHERE session_id = :sessionId`,
);
