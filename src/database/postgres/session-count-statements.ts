import { sessionCountStatements } from '../sql/session-count-statements.js';
import { postgres } from './postgres-dialect.js';

export const { COUNT_AGE, START_COUNT, COUNT_DRIFT, CORRECT_COUNT } = sessionCountStatements(postgres);

/**
 * The other transactions that have written to the table of sessions and are not at their end. A lock on the table would
 * wait for them, too, but new transactions would have to wait behind it.
 */
export const SESSION_WRITERS = postgres.statement(
  'session_writers',
  {},
  `SELECT virtualtransaction AS writer FROM pg_locks
   WHERE locktype = 'relation' AND relation = 'agent_session'::regclass AND mode = 'RowExclusiveLock'
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND virtualtransaction IS NOT NULL AND pid <> pg_backend_pid()`,
);
