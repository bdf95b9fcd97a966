import { deliveryStatements } from '../sql/delivery-statements.js';
import { postgres } from './postgres-dialect.js';
import { NOW } from './sql-fragments.js';

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
} = deliveryStatements(postgres);

/**
 * A delivery that is completed after its session has expired is removed as well. Separate from SQLite's version,
 * which is two statements, because this is one round trip.
 */
export const RECORD = postgres.statement(
  'record_delivery_attempt',
  { id: 'uuid', claim: 'int', status: 'text', attempts: 'text', pause: 'bigint?' },
  `WITH orphan AS (
     DELETE FROM agent_webhook_delivery d
     WHERE d.id = :id AND d.claim = :claim AND :status <> 'pending'
       AND NOT EXISTS (SELECT FROM agent_turn t WHERE t.id = d.turn_id)
     RETURNING d.id
   ), recorded AS (
     UPDATE agent_webhook_delivery d
     SET status = :status, attempts = :attempts, next_attempt_at = ${NOW} + :pause
     WHERE d.id = :id AND d.claim = :claim
       AND (:status = 'pending' OR EXISTS (SELECT FROM agent_turn t WHERE t.id = d.turn_id))
     RETURNING d.id
   )
   SELECT id FROM recorded UNION ALL SELECT id FROM orphan`,
);
