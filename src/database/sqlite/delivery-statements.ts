import { deliveryStatements } from '../sql/delivery-statements.js';
import { sqlite } from './sqlite-dialect.js';

const { statement } = sqlite;

export const {
  DUE_OF_TURN,
  DUE,
  CLAIM,
  HISTORY,
  KEPT_HISTORY,
  RECORD_LATE,
  RELEASE,
  LIST,
  REDELIVER,
  SESSION,
} = deliveryStatements(sqlite);

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
