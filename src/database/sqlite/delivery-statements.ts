import { deliveryStatements } from '../sql/delivery-statements.js';
import { REMOVED_MODULES } from '../sql/conditions.js';
import { sqlite } from './sqlite-dialect.js';

const { statement } = sqlite;

/** A deleted session's deliveries are not made, even if their rows are not removed yet. */
const OF_NO_DELETED_SESSION = `AND NOT EXISTS (
         SELECT 1 FROM agent_turn t JOIN agent_session s ON s.id = t.session_id
         WHERE t.id = agent_webhook_delivery.turn_id AND s.module = '${REMOVED_MODULES.deleted}')`;

export const {
  DUE_OF_TURN,
  DUE,
  MORE_DUE,
  RECEIVERS,
  OF_RECEIVERS,
  CLAIM,
  HISTORY,
  KEPT_HISTORY,
  RECORD_LATE,
  RELEASE,
  LIST,
  REDELIVER,
  SESSION,
} = deliveryStatements(sqlite, OF_NO_DELETED_SESSION);

// PostgreSQL records an attempt, or removes its delivery, with one statement; here it is two in one transaction.

export const RECORD = statement(
  'record_delivery_attempt',
  { id: 'uuid', claim: 'int', status: 'text', attempts: 'text', next: 'bigint?' },
  `UPDATE agent_webhook_delivery SET status = :status, attempts = :attempts, next_attempt_at = :next
   WHERE id = :id AND claim = :claim`,
);

/** A delivery that is completed after its session has expired is removed as well. */
export const REMOVE_ORPHAN = statement(
  'remove_orphaned_delivery',
  { id: 'uuid' },
  `DELETE FROM agent_webhook_delivery AS d
   WHERE d.id = :id AND d.status <> 'pending' AND NOT EXISTS (SELECT 1 FROM agent_turn t WHERE t.id = d.turn_id)`,
);
