import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../../agents/turn-output.js';
import type { SessionScope } from '../../sessions/session.store.js';
import type { TurnRecord } from '../../turns/turn.js';
import {
  type AcceptOutcome,
  type CancelOutcome,
  type ClaimedTurn,
  type LostRun,
  type NewTurn,
  type ReclaimedRun,
  TURN_CANCELLED,
  type TurnRun,
  type TurnStore,
} from '../../turns/turn.store.js';
import { inMicroseconds } from '../columns.js';
import type { StoreSettings } from '../database.options.js';
import { fromMessageRow, type MessageRow, toMessageRow } from '../message-columns.js';
import {
  type ClaimedTurnRow,
  type LostRunRow,
  toClaimedTurn,
  toLostRun,
  toTurnRecord,
  type TurnRow,
} from '../turn-row.js';
import { ClockRepair } from './clock-repair.js';
import { findRequest, recordRequest } from './sqlite-idempotency.js';
import { INSERT_MESSAGE, SCOPED } from './sql-fragments.js';
import type { SqliteDatabase, SqliteStatements } from './sqlite-database.js';
import * as statements from './turn-statements.js';

/** The {@link TurnStore} on SQLite: every transition is a synchronous transaction. */
export class SqliteTurnStore implements TurnStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly lease: number;
  private readonly maxAttempts: number;
  private readonly clockRepair: ClockRepair;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
    this.lease = inMicroseconds(settings.lease);
    this.maxAttempts = settings.maxAttempts;
    this.clockRepair = new ClockRepair(database, { module: this.module, lease: this.lease });
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
      sql.run(statements.OCCUPY_SESSION, { sessionId, turnId: turn.id });
      sql.run(statements.INSERT_TURN, {
        id: turn.id,
        sessionId,
        module: this.module,
        number: session.turn_count + 1,
        input: JSON.stringify(turn.message),
        webhook: turn.webhook ? JSON.stringify(turn.webhook) : null,
        traceparent: turn.traceparent ?? null,
        now,
      });
      recordRequest(sql, turn.request, sessionId, now);
      return { outcome: 'accepted', owner: session.owner ?? undefined };
    }, manager);
  }

  async claim(turnId: string, alone: boolean): Promise<ClaimedTurn | 'must_run_alone' | undefined> {
    return this.database.transaction((sql): ClaimedTurn | 'must_run_alone' | undefined => {
      const now = this.database.now();
      const claimed = sql.get<ClaimedTurnRow>(statements.CLAIM, {
        turnId,
        module: this.module,
        leaseUntil: now + this.lease,
        now,
        alone: alone ? 1 : 0,
        maxAttempts: this.maxAttempts,
      });
      if (!claimed) {
        const isQueued = sql.get(statements.IS_QUEUED, { turnId, module: this.module });
        return isQueued ? 'must_run_alone' : undefined;
      }
      const history = sql.all<MessageRow>(statements.HISTORY, { sessionId: claimed.session_id });
      return toClaimedTurn(turnId, claimed, history.map(fromMessageRow));
    });
  }

  async renew(runs: TurnRun[]): Promise<TurnRun[]> {
    return this.database.transaction((sql) => {
      const leaseUntil = this.database.now() + this.lease;
      return runs.filter(
        ({ turnId, attempt }) => sql.run(statements.RENEW, { turnId, attempt, leaseUntil }) === 0,
      );
    });
  }

  async complete(run: TurnRun, result: TurnResult, totalTokens?: number): Promise<boolean> {
    return this.database.transaction((sql) => {
      const { turnId, attempt, sessionId } = run;
      const now = this.database.now();
      const response = JSON.stringify(result.response);
      const end = { turnId, attempt, now, response, totalTokens: totalTokens ?? null };
      if (sql.run(statements.COMPLETE_TURN, end) === 0) return false;
      if (result.replacesHistory) sql.run(statements.FORGET_HISTORY, { sessionId });
      const position = result.replacesHistory ? 0 : messageCount(sql, sessionId);
      for (const [index, message] of result.messages.entries()) {
        sql.run(INSERT_MESSAGE, {
          sessionId,
          position: position + index,
          ...toMessageRow(message),
        });
      }
      sql.run(statements.SETTLE_SESSION, {
        sessionId,
        status: 'idle',
        response,
        error: null,
        messageCount: position + result.messages.length,
        now,
      });
      leaveDelivery(sql, turnId);
      return true;
    });
  }

  async fail(run: TurnRun, error: string, totalTokens?: number): Promise<boolean> {
    return this.database.transaction((sql) => {
      const now = this.database.now();
      const { turnId, attempt } = run;
      const failed = { turnId, attempt, now, error, totalTokens: totalTokens ?? null };
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
      sql.run(statements.CANCEL_TURN, { turnId: current, error: TURN_CANCELLED, now });
      settleInError(sql, { sessionId, turnId: current }, TURN_CANCELLED, now);
      return { outcome: 'cancelled', turnId: current, owner: session.owner ?? undefined };
    }, manager);
  }

  async reclaim(own: TurnRun[], limit: number, describe: (lost: LostRun) => string): Promise<ReclaimedRun[]> {
    const ownIds = JSON.stringify(own.map(({ turnId }) => turnId));
    await this.clockRepair.once();
    return this.database.transaction((sql) => {
      const now = this.database.now();
      const rows = sql.all<LostRunRow>(statements.LOST_RUNS, { module: this.module, ownIds, now, limit });
      return rows.map((row): ReclaimedRun => {
        const lost = toLostRun(row);
        const { turnId, attempt } = lost;
        sql.run(statements.COUNT_LOST_RUN, { turnId });
        if (lost.lostRuns < this.maxAttempts) {
          sql.run(statements.REQUEUE, { turnId, attempt, now });
          return lost;
        }
        const error = describe(lost);
        sql.run(statements.FAIL_TURN, { turnId, attempt, now, error, totalTokens: null });
        settleInError(sql, lost, error, now);
        return { ...lost, error };
      });
    });
  }

  async queued(limit: number, olderThan: number): Promise<string[]> {
    const rows = await this.database.transaction((sql) =>
      sql.all<{ id: string }>(statements.QUEUED, {
        module: this.module,
        before: this.database.now() - inMicroseconds(olderThan),
        limit,
      }),
    );
    return rows.map(({ id }) => id);
  }

  async list(sessionId: string, manager?: EntityManager): Promise<TurnRecord[]> {
    const rows = await this.database.transaction(
      (sql) => sql.all<TurnRow>(statements.LIST, { sessionId }),
      manager,
    );
    return rows.map(toTurnRecord);
  }

  private findSession(sql: SqliteStatements, scope: SessionScope, id: string, now: number) {
    return sql.get<{ owner: string | null; current_turn_id: string | null; turn_count: number }>(
      `SELECT s.owner, s.current_turn_id, s.turn_count FROM agent_session s WHERE ${SCOPED}`,
      { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl, now },
    );
  }
}

function messageCount(sql: SqliteStatements, sessionId: string): number {
  return sql.get<{ message_count: number }>(statements.MESSAGE_COUNT, { sessionId })?.message_count ?? 0;
}

/** What follows on a turn's end without a response; always true. */
function settleInError(
  sql: SqliteStatements,
  { sessionId, turnId }: Pick<TurnRun, 'sessionId' | 'turnId'>,
  error: string,
  now: number,
): boolean {
  const messages = messageCount(sql, sessionId);
  sql.run(statements.SETTLE_SESSION, {
    sessionId,
    status: 'error',
    response: null,
    error,
    messageCount: messages,
    now,
  });
  leaveDelivery(sql, turnId);
  return true;
}

function leaveDelivery(sql: SqliteStatements, turnId: string): void {
  sql.run(statements.LEAVE_DELIVERY, { id: randomUUID(), turnId });
}
