import { alive, REMOVED_MODULES, SCOPE, scoped } from '../sql/conditions.js';
import { sessionColumns, sessionStatements } from '../sql/session-statements.js';
import type { Parameters } from '../sql/statement.js';
import { keepShownHistory } from './history-statements.js';
import { sqlite } from './sqlite-dialect.js';

const { statement, clock } = sqlite;

export const { FIND, HISTORY, HISTORY_WITH_IDS, EXPIRED, STILL_RUNNING, COUNT, LIST } =
  sessionStatements(sqlite);

// These statements are separate from PostgreSQL's on purpose: a transaction here is a sequence of small statements
// with decisions in the process in between, because there are no round trips to save.

export const EXISTS = statement(
  'session_exists',
  { id: 'uuid' },
  `SELECT module FROM agent_session WHERE id = :id`,
);

export const INSERT = statement(
  'insert_session',
  {
    id: 'uuid',
    module: 'text',
    owner: 'text?',
    metadata: 'text?',
    messages: 'int',
    bytes: 'bigint',
    now: 'bigint',
  },
  `INSERT INTO agent_session
     (id, module, owner, status, metadata, message_count, history_bytes, history_version, turn_count, created_at,
       settled_at, updated_at)
   VALUES (:id, :module, :owner, 'idle', :metadata, :messages, :bytes, 0, 0, :now, :now, :now)`,
);

export const UPDATE_METADATA = statement(
  'update_metadata',
  { ...SCOPE, metadata: 'text?', ...clock },
  `UPDATE agent_session AS s SET metadata = :metadata, updated_at = :now WHERE ${scoped(sqlite)}
   RETURNING ${sessionColumns(sqlite).replaceAll('s.', '')}`,
);

export const FORGET_ENTRIES = statement(
  'forget_metadata_entries',
  { id: 'uuid' },
  `DELETE FROM agent_session_metadata WHERE session_id = :id`,
);

export const INSERT_ENTRY = statement(
  'insert_metadata_entry',
  { id: 'uuid', key: 'text', value: 'text' },
  `INSERT INTO agent_session_metadata (session_id, key, value, module, owner, created_at)
   SELECT s.id, :key, :value, s.module, s.owner, s.created_at FROM agent_session s WHERE s.id = :id`,
);

/** Whether a session has so many rows, or so large ones, that removing them at once would block the event loop. */
const IS_LONG = `(message_count > 200 OR history_bytes > 256 * 1024 OR turn_count > 200 OR coalesce(
    (SELECT t.last_event_id FROM agent_turn t WHERE t.id = current_turn_id), last_event_id) > 500)`;

/**
 * Whether a table of the host may refuse to let a session go, which would be too late once the session is hidden. Some
 * 0.4 ms for 100 tables, so only long sessions are asked about.
 */
const MAY_BE_REFUSED = `EXISTS (
    SELECT 1 FROM sqlite_schema JOIN pragma_foreign_key_list(sqlite_schema.name) f
    WHERE sqlite_schema.type = 'table' AND lower(f."table") IN ('agent_session', 'agent_turn', 'agent_message')
      AND f.on_delete <> 'CASCADE')`;

/** The statements that remove the sessions selected by `which`, in the order of their execution. */
function removal<const P extends Parameters>(name: string, parameters: P, which: string, isExpiry = true) {
  const drop = statement(
    `${name}_deliveries`,
    parameters,
    `DELETE FROM agent_webhook_delivery
     WHERE turn_id IN (SELECT t.id FROM agent_turn t WHERE t.session_id IN (${which}))
       ${isExpiry ? `AND status <> 'pending'` : ''}`,
  );
  const sessions = `DELETE FROM agent_session WHERE id IN (${which}) RETURNING id, owner`;
  const hide = `UPDATE agent_session SET module = '${isExpiry ? REMOVED_MODULES.expired : REMOVED_MODULES.deleted}',
      status = 'idle', current_turn_id = NULL
    WHERE id IN (${which}) AND CASE WHEN ${IS_LONG} THEN NOT ${MAY_BE_REFUSED} END RETURNING id, owner`;
  return {
    /** Before all others, which then find the short sessions only. */
    hide: statement(`${name}_hide_long`, parameters, hide),
    // Pending deliveries outlive an expired session, with their history.
    deliveries: isExpiry
      ? [statement(`${name}_kept_history`, parameters, keepShownHistory(which)), drop]
      : [drop],
    sessions: statement(name, parameters, sessions),
  };
}

export const REMOVE = removal(
  'remove_session',
  { ...SCOPE, ...clock },
  `SELECT s.id FROM agent_session s WHERE ${scoped(sqlite)}`,
  false,
);

export const REMOVE_EXPIRED_ONE = removal(
  'remove_expired_session',
  { id: 'uuid', module: 'text', ttl: 'bigint?', ...clock },
  `SELECT s.id FROM agent_session s WHERE s.id = :id AND s.module = :module AND NOT ${alive(sqlite)}`,
);

export const REMOVE_EXPIRED = removal(
  'remove_expired_sessions',
  { module: 'text', ids: 'uuid[]' },
  // The module is compared so that no index of modules is used for it.
  `SELECT id FROM agent_session WHERE ${sqlite.oneOf('id', ':ids')} AND (module = :module) IS TRUE`,
);
