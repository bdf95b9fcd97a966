import { idempotencyStatements } from '../sql/idempotency-statements.js';
import { postgres } from './postgres-dialect.js';

export const { FIND_REQUEST, RECORD_REQUEST } = idempotencyStatements(postgres);

/** Whether no other transaction executes the request at this moment. SQLite serializes writes anyway. */
export const LOCK_REQUEST = postgres.statement(
  'lock_idempotent_request',
  { lockTimeout: 'text?', id: 'text' },
  `SELECT set_config('lock_timeout', coalesce(:lockTimeout, current_setting('lock_timeout')), true),
     pg_try_advisory_xact_lock(hashtextextended(:id, 0)) AS locked`,
);
