import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../../agents/turn-output.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type { TurnCode } from '../../facts/turn-end.js';
import {
  type AcceptOutcome,
  type CancelOutcome,
  type ClaimedTurn,
  type CompleteOutcome,
  type LostRun,
  type NewTurn,
  type ReclaimedRun,
  type Renewal,
  TURN_CANCELLED,
  type TurnPage,
  type TurnRun,
  type TurnStore,
} from '../../turns/turn.store.js';
import { inMicroseconds } from '../columns.js';
import {
  ACCEPTED_HISTORY_BYTES,
  ACCEPTED_HISTORY_MESSAGES,
  BATCH_BYTES,
  BATCH_MESSAGES,
  CLAIMED_HISTORY_BYTES,
  type StoreSettings,
} from '../database.options.js';
import { sizeOf, toMessageRow } from '../message-columns.js';
import {
  type ClaimedTurnRow,
  toAcceptedRun,
  toClaimedTurn,
  toTurnPage,
  type TurnPageRow,
} from '../turn-row.js';
import { historySize, NO_HISTORY, smallHistory } from './history-size.js';
import { keepShownHistory } from './kept-history.js';
import { findRequest, recordRequest } from './sqlite-idempotency.js';
import { INSERT_MESSAGE } from './sql-fragments.js';
import type { SqliteDatabase, SqliteStatements } from './sqlite-database.js';
import { leaveDelivery, settleInError } from './settle-turn.js';
import { SqliteLostRuns } from './sqlite-lost-runs.js';
import * as statements from './turn-statements.js';

/** The {@link TurnStore} on SQLite: every transition is a synchronous transaction. */
export class SqliteTurnStore implements TurnStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly lease: number;
  private readonly maxAttempts: number;
  private readonly maxHistory: number;
  private readonly lostRuns: SqliteLostRuns;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
    this.lease = inMicroseconds(settings.lease);
    this.maxAttempts = settings.maxAttempts;
    this.maxHistory = settings.maxHistory;
    this.lostRuns = new SqliteLostRuns(database, settings);
  }

  async accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<AcceptOutcome> {
    return this.database.transaction((sql): AcceptOutcome => {
      const now = this.database.now();
      const repeated = findRequest(sql, turn.request, { ttl: this.ttl, now });
      if (repeated) return repeated;
      const session = this.findSession(sql, scope, sessionId, now);
      if (!session) return { outcome: 'session_not_found' };
      if (session.current_turn_id !== null) return { outcome: 'busy', turnId: session.current_turn_id };
      if (session.history_bytes + sizeOf([toMessageRow(turn.message)]) > this.maxHistory) {
        return { outcome: 'history_too_large' };
      }
      sql.run(statements.OCCUPY_SESSION, { sessionId, turnId: turn.id });
      const inserted = {
        id: turn.id,
        sessionId,
        module: this.module,
        number: session.turn_count + 1,
        input: JSON.stringify(turn.message),
        webhook: turn.webhook ? JSON.stringify(turn.webhook) : null,
        traceparent: turn.traceparent ?? null,
        now,
      };
      recordRequest(sql, turn.request, sessionId, now);
      if (turn.worker === undefined) {
        sql.run(statements.INSERT_TURN, inserted);
        return { outcome: 'accepted', owner: session.owner ?? undefined };
      }
      const { worker } = turn;
      sql.run(statements.INSERT_RUNNING_TURN, { ...inserted, worker, leaseUntil: now + this.lease });
      const limits = { bytes: ACCEPTED_HISTORY_BYTES, messages: ACCEPTED_HISTORY_MESSAGES };
      const run = toAcceptedRun(sessionId, turn, session, smallHistory(sql, sessionId, session, limits));
      return { outcome: 'accepted', owner: run.owner, run };
    }, manager);
  }

  async claim(turnId: string, worker: string, isolates = false): Promise<ClaimedTurn | undefined> {
    return this.database.transaction((sql): ClaimedTurn | undefined => {
      const now = this.database.now();
      const claimed = sql.get<Omit<ClaimedTurnRow, 'owner' | 'message_count'>>(statements.CLAIM, {
        turnId,
        module: this.module,
        leaseUntil: now + this.lease,
        now,
        worker,
        maxAttempts: this.maxAttempts,
        isolated: isolates ? 1 : 0,
      });
      if (!claimed) return undefined;
      const { session_id: sessionId } = claimed;
      const found = sql.get<ClaimedSessionRow>(statements.CLAIMED_SESSION, { sessionId });
      const session = found ?? { owner: null, message_count: 0, history_bytes: 0 };
      const limits = { bytes: CLAIMED_HISTORY_BYTES, messages: BATCH_MESSAGES };
      const history = smallHistory(sql, sessionId, session, limits);
      return toClaimedTurn(turnId, { ...claimed, ...session }, history);
    });
  }

  async countRefusedClaim(
    turnId: string,
    describe: (lost: LostRun) => string,
  ): Promise<ReclaimedRun | undefined> {
    return this.lostRuns.countRefusedClaim(turnId, describe);
  }

  async renew(runs: TurnRun[]): Promise<Renewal> {
    return this.database.transaction((sql) => {
      const leaseUntil = this.database.now() + this.lease;
      const renewal: Renewal = { renewed: [], lost: [] };
      for (const { turnId, attempt } of runs) {
        const isHeld = sql.run(statements.RENEW, { turnId, attempt, leaseUntil }) > 0;
        renewal[isHeld ? 'renewed' : 'lost'].push(turnId);
      }
      return renewal;
    });
  }

  async complete(run: TurnRun, result: TurnResult, totalTokens?: number): Promise<CompleteOutcome> {
    const messages = result.messages.map(toMessageRow);
    const bytes = sizeOf(messages);
    const response = JSON.stringify(result.response);
    return this.database.transaction((sql): CompleteOutcome => {
      const { turnId, attempt, sessionId } = run;
      const now = this.database.now();
      const before = historySize(sql, sessionId);
      const kept = result.replacesHistory ? { ...NO_HISTORY, version: before.version + 1 } : before;
      const end = { turnId, attempt, now, response, totalTokens: totalTokens ?? null };
      if (kept.bytes + bytes > this.maxHistory) return 'history_too_large';
      if (sql.run(statements.COMPLETE_TURN, end) === 0) return 'lost';
      if (result.replacesHistory) {
        sql.run(keepShownHistory('@sessionId'), { sessionId });
        sql.run(statements.FORGET_HISTORY, { sessionId });
      }
      for (const [index, message] of messages.entries()) {
        sql.run(INSERT_MESSAGE, { sessionId, position: kept.count + index, ...message });
      }
      sql.run(statements.SETTLE_COMPLETED, {
        sessionId,
        response,
        messageCount: kept.count + messages.length,
        historyBytes: kept.bytes + bytes,
        historyVersion: kept.version,
        now,
      });
      leaveDelivery(sql, turnId);
      return 'completed';
    });
  }

  async fail(run: TurnRun, error: string, code: TurnCode, totalTokens?: number): Promise<boolean> {
    return this.database.transaction((sql) => {
      const now = this.database.now();
      const { turnId, attempt } = run;
      const failed = { turnId, attempt, now, error, code, totalTokens: totalTokens ?? null };
      return sql.run(statements.FAIL_TURN, failed) > 0 && settleInError(sql, run, error, now);
    });
  }

  async requeue({ turnId, attempt }: TurnRun): Promise<boolean> {
    return this.database.transaction(
      (sql) => sql.run(statements.REQUEUE, { turnId, attempt, now: this.database.now() }) > 0,
    );
  }

  async cancel(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<CancelOutcome> {
    return this.database.transaction((sql): CancelOutcome => {
      const now = this.database.now();
      const session = this.findSession(sql, scope, sessionId, now);
      if (!session) return { outcome: 'session_not_found' };
      const current = session.current_turn_id;
      if (current === null) return { outcome: 'nothing_running' };
      if (turnId !== undefined && turnId !== current) return { outcome: 'turn_mismatch', turnId: current };
      const cancelled = sql.get<{ has_webhook: number }>(statements.CANCEL_TURN, {
        turnId: current,
        error: TURN_CANCELLED,
        now,
      });
      if (!cancelled) return { outcome: 'nothing_running' };
      settleInError(sql, { sessionId, turnId: current }, TURN_CANCELLED, now);
      return {
        outcome: 'cancelled',
        turnId: current,
        owner: session.owner ?? undefined,
        hasWebhook: cancelled.has_webhook ? true : undefined,
      };
    }, manager);
  }

  async reclaim(
    own: TurnRun[],
    limit: number,
    describe: (lost: LostRun) => string,
    onError?: (lost: LostRun, error: unknown) => void,
  ): Promise<ReclaimedRun[]> {
    return this.lostRuns.reclaim(own, limit, describe, onError);
  }

  async queued(limit: number, olderThan: number): Promise<string[]> {
    const rows = await this.database.read((sql) =>
      sql.all<{ id: string }>(statements.QUEUED, {
        module: this.module,
        before: this.database.now() - inMicroseconds(olderThan),
        limit,
      }),
    );
    return rows.map(({ id }) => id);
  }

  async list(
    scope: SessionScope,
    sessionId: string,
    { limit, after = 0 }: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<TurnPage | undefined> {
    const rows = await this.database.read(
      (sql) =>
        sql.all<TurnPageRow>(statements.LIST, {
          ...this.scoped(scope, sessionId, this.database.now()),
          after,
          limit,
          bytes: BATCH_BYTES,
        }),
      manager,
    );
    return toTurnPage(rows);
  }

  private scoped(scope: SessionScope, id: string, now: number) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl, now };
  }

  private findSession(sql: SqliteStatements, scope: SessionScope, id: string, now: number) {
    return sql.get<SessionStateRow>(statements.SESSION_STATE, this.scoped(scope, id, now));
  }
}

interface ClaimedSessionRow {
  owner: string | null;
  message_count: number;
  history_bytes: number;
}

interface SessionStateRow extends ClaimedSessionRow {
  current_turn_id: string | null;
  turn_count: number;
}
