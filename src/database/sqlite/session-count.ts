import { RECOUNT_AFTER_US } from '../database.options.js';
import { sessionCountStatements } from '../sql/session-count-statements.js';
import { sqlite } from './sqlite-dialect.js';
import type { SqliteStatements } from './sqlite-statements.js';

const { statement } = sqlite;

const { COUNT_AGE, START_COUNT, COUNT_DRIFT, CORRECT_COUNT } = sessionCountStatements(sqlite);

const COUNT_TAKEN = statement(
  'session_count_taken',
  { module: 'text' },
  `SELECT sum(CASE change WHEN 'created' THEN total ELSE -total END) AS taken FROM agent_session_count
   WHERE module = :module`,
);

/** Expired sessions whose rows are still there, up to a limit. */
const COUNT_EXPIRED = statement(
  'count_expired_sessions',
  { module: 'text', ttl: 'bigint', limit: 'int', now: 'bigint' },
  `SELECT count(*) AS expired FROM (
     SELECT 1 FROM agent_session
     WHERE module = :module AND settled_at <= :now - :ttl AND status IN ('idle', 'error') LIMIT :limit)`,
);

const CHANGE_COUNT = statement(
  'change_session_count',
  { module: 'text', change: 'text', by: 'int' },
  `UPDATE agent_session_count SET total = total + :by WHERE module = :module AND change = :change`,
);

/** A module, its lifetime of sessions, and the time. */
interface Counted {
  module: string;
  ttl: number | null;
  now: number;
}

/** Adds sessions that were created or removed to the module's count, if it has one. */
export function changeCount(
  sql: SqliteStatements,
  module: string,
  change: 'created' | 'removed',
  by: number,
): void {
  if (by > 0) sql.run(CHANGE_COUNT({ module, change, by }));
}

/** Whether there are fewer living sessions than `maxSessions`. */
export function hasRoom(sql: SqliteStatements, counted: Counted, maxSessions: number): boolean {
  const { module, now } = counted;
  const isCounted = sql.get(COUNT_AGE({ module, now })) !== undefined;
  if (isCounted && isBelow(sql, counted, maxSessions)) return true;
  return recount(sql, module, now) && isBelow(sql, counted, maxSessions);
}

/** Starts the count or corrects it. Returns false if it was correct at most a minute ago. */
export function recount(sql: SqliteStatements, module: string, now: number): boolean {
  const age = sql.get<{ age: number | null }>(COUNT_AGE({ module, now }))?.age;
  if (typeof age === 'number' && age < RECOUNT_AFTER_US) return false;
  sql.run(START_COUNT({ module }));
  const found = sql.get<{ drift: number; counted_at: number | null }>(COUNT_DRIFT({ module }));
  if (!found) return false;
  return sql.all(CORRECT_COUNT({ module, drift: found.drift, countedAt: found.counted_at, now })).length > 0;
}

function isBelow(sql: SqliteStatements, { module, ttl, now }: Counted, maxSessions: number): boolean {
  const taken = sql.get<{ taken: number | null }>(COUNT_TAKEN({ module }))?.taken ?? 0;
  if (taken < maxSessions || ttl === null) return taken < maxSessions;
  const limit = taken - maxSessions + 1;
  const expired = sql.get<{ expired: number }>(COUNT_EXPIRED({ module, ttl, limit, now }))?.expired ?? 0;
  return taken - expired < maxSessions;
}
