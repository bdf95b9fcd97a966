import { REMOVED_MODULES } from '../sql/conditions.js';
import { keepHistoryOf } from './history-statements.js';
import { sqlite } from './sqlite-dialect.js';

const { statement } = sqlite;

const SESSION = { id: 'uuid' } as const;
const BATCH = { ...SESSION, limit: 'int', bytes: 'bigint' } as const;
const TURNS = { ...SESSION, last: 'int' } as const;

const IS_REMOVED = `module IN ('${REMOVED_MODULES.deleted}', '${REMOVED_MODULES.expired}')`;

/** The removed session's id and its kind of removal, as its module. */
export const FIND = statement(
  'removed_session',
  SESSION,
  `SELECT id, module FROM agent_session WHERE id = :id AND ${IS_REMOVED}`,
);

export const FIND_ANY = statement(
  'any_removed_session',
  {},
  `SELECT id, module FROM agent_session WHERE ${IS_REMOVED} LIMIT 1`,
);

/** The last row of a batch: at most `:limit` rows, and as many as `:bytes` allow, but at least one. */
function lastOf(table: string, key: string, size: string): string {
  return `
    SELECT max(${key}) AS last FROM (
      SELECT ${key}, sum(size) OVER (ORDER BY ${key}) AS bytes, row_number() OVER (ORDER BY ${key}) AS place
      FROM (SELECT ${key}, ${size} AS size FROM ${table} WHERE session_id = :id ORDER BY ${key} LIMIT :limit) page
    ) sized WHERE place = 1 OR bytes <= :bytes`;
}

export const REMOVE_MESSAGES = statement(
  'remove_batch_of_messages',
  BATCH,
  `DELETE FROM agent_message WHERE session_id = :id AND position <= (
     ${lastOf('agent_message', 'position', 'coalesce(octet_length(content), 0) + coalesce(octet_length(details), 0)')})`,
);

export const REMOVE_EVENTS = statement(
  'remove_batch_of_events',
  BATCH,
  `DELETE FROM agent_event WHERE session_id = :id AND id <= (
     ${lastOf('agent_event', 'id', 'coalesce(octet_length(data), 0)')})`,
);

export const REMOVE_REQUESTS = statement(
  'remove_batch_of_idempotent_requests',
  { ...SESSION, limit: 'int' },
  `DELETE FROM agent_idempotency WHERE id IN (
     SELECT id FROM agent_idempotency WHERE session_id = :id LIMIT :limit)`,
);

export const LAST_TURN = statement(
  'last_turn_of_batch',
  BATCH,
  lastOf('agent_turn', 'number', 'octet_length(input) + coalesce(octet_length(response), 0)'),
);

const BATCH_OF_TURNS = 'SELECT t.id FROM agent_turn t WHERE t.session_id = :id AND t.number <= :last';

/** Pending deliveries outlive an expired session, with their history. */
export const KEEP_HISTORY = statement('keep_history_of_batch', TURNS, keepHistoryOf(BATCH_OF_TURNS));

export const DROP_DELIVERIES = statement(
  'drop_deliveries_of_batch',
  { ...TURNS, pendingStay: 'boolean' },
  `DELETE FROM agent_webhook_delivery WHERE turn_id IN (${BATCH_OF_TURNS})
     AND (NOT :pendingStay OR status <> 'pending')`,
);

export const REMOVE_TURNS = statement(
  'remove_batch_of_turns',
  TURNS,
  'DELETE FROM agent_turn WHERE session_id = :id AND number <= :last',
);

export const REMOVE = statement(
  'remove_rest_of_session',
  SESSION,
  `DELETE FROM agent_session WHERE id = :id AND ${IS_REMOVED}`,
);

/** For a row that the database does not let go. */
export const SET_ASIDE = statement(
  'set_removed_session_aside',
  SESSION,
  `UPDATE agent_session SET module = '${REMOVED_MODULES.kept}' WHERE id = :id AND ${IS_REMOVED}`,
);

const UNFINISHED = `session_id = :id AND status IN ('queued', 'running', 'interrupted')`;

export const DROP_DELIVERIES_OF_UNFINISHED = statement(
  'drop_deliveries_of_unfinished_turn',
  SESSION,
  `DELETE FROM agent_webhook_delivery WHERE turn_id IN (SELECT id FROM agent_turn WHERE ${UNFINISHED})`,
);

export const REMOVE_UNFINISHED = statement(
  'remove_unfinished_turn',
  SESSION,
  `DELETE FROM agent_turn WHERE ${UNFINISHED}`,
);
