import type { TurnRun } from '../../turns/turn-run.js';
import { LOCK_TIMEOUT_MS } from '../database.options.js';
import { ENDED_TURN } from './leave-delivery.js';
import { logged, type LoggedEvent, NEXT_EVENT } from './log-event.js';
import { LOCK_LIMIT, NOW } from './sql-fragments.js';

/** The parameters by which the end of a run finds its turn: a run that is lost finds none. */
export const FENCE = { lockTimeout: 'text', sessionId: 'uuid', turnId: 'uuid', attempt: 'int' } as const;

/** Their values. A locked session is waited for as long as a request would. */
export function fence({ sessionId, turnId, attempt }: TurnRun) {
  return { lockTimeout: String(LOCK_TIMEOUT_MS), sessionId, turnId, attempt };
}

/** The CTEs of a run's session, locked, and of its turn, ended if the run still holds it: what {@link FENCE} names. */
export function endOfRun(
  change: string,
  { guard = '', from = 'running', tokens = 't.total_tokens' } = {},
): string {
  return `${LOCK_LIMIT},
    session AS MATERIALIZED (
      SELECT s.id, s.message_count, s.history_bytes, s.history_version FROM agent_session s, lock_limit
      WHERE s.id = :sessionId FOR NO KEY UPDATE OF s
    ), turn AS (
      UPDATE agent_turn t
      SET ${change}, ${NEXT_EVENT}, lease_until = NULL, ended_at = ${NOW}, total_tokens = ${tokens}
      FROM session
      WHERE t.id = :turnId AND t.session_id = session.id AND t.attempt = :attempt AND t.status = '${from}' ${guard}
      RETURNING ${ENDED_TURN}
    )`;
}

/** The tokens of a turn with those of a run that has reported some. */
export const ADDED_TOKENS = `CASE WHEN :totalTokens IS NULL THEN t.total_tokens
  ELSE coalesce(t.total_tokens, 0) + :totalTokens END`;

/** The CTEs of what ends with any turn, beside what the end's own kind changes: the session, and the log of the turn. */
export function settleSession(change: string, event: string, more: Partial<LoggedEvent> = {}): string {
  return `
    settled AS (
      UPDATE agent_session s SET ${change}, current_turn_id = NULL, settled_at = turn.ended_at, updated_at = turn.ended_at,
        last_event_id = turn.last_event_id
      FROM turn, session WHERE s.id = session.id
    ), ${logged(event, { at: 'turn.ended_at', ...more })}`;
}
