import type { IdempotencyOutcome } from '../../idempotency/idempotency-key.js';
import { toIso } from '../columns.js';
import { parseStored } from '../stored-json.js';
import { alive, REMOVED_MODULES } from './conditions.js';
import type { Dialect } from './dialect.js';
import type { Parameters } from './statement.js';

const REMOVED = Object.values(REMOVED_MODULES)
  .map((module) => `'${module}'`)
  .join(', ');

/** The statements on idempotent requests that both dialects share. */
export function idempotencyStatements<Clock extends Parameters, Query>(dialect: Dialect<Clock, Query>) {
  const { clock, now, statement } = dialect;
  return {
    FIND_REQUEST: statement(
      'find_idempotent_request',
      { id: 'text', ttl: 'bigint?', ...clock },
      `SELECT i.body_hash, i.answer, s.created_at FROM agent_idempotency i JOIN agent_session s ON s.id = i.session_id
       WHERE i.id = :id AND ${alive(dialect)} AND s.module NOT IN (${REMOVED})`,
    ),

    /** An existing row belongs to an expired session. */
    RECORD_REQUEST: statement(
      'record_idempotent_request',
      { id: 'text', sessionId: 'uuid', bodyHash: 'text', answer: 'text', ...clock },
      `INSERT INTO agent_idempotency (id, session_id, body_hash, answer, created_at)
       VALUES (:id, :sessionId, :bodyHash, :answer, ${now})
       ON CONFLICT (id) DO UPDATE
       SET session_id = excluded.session_id, body_hash = excluded.body_hash, answer = excluded.answer,
         created_at = excluded.created_at`,
    ),
  };
}

/** A known request. */
export interface KnownRequestRow {
  body_hash: string;
  /** JSON text. */
  answer: string;
  /** The time at which its session was created. */
  created_at: number | string;
}

/** The outcome of a request with this hash under the same key. */
export function toRepeated(known: KnownRequestRow, bodyHash: string): IdempotencyOutcome {
  return known.body_hash === bodyHash
    ? {
        outcome: 'replayed',
        answer: parseStored(known.answer) as object,
        sessionCreatedAt: toIso(known.created_at),
      }
    : { outcome: 'key_reused' };
}
