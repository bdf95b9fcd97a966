import { setImmediate } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../../agents/turn-output.js';
import type { ChatMessage } from '../../messages/chat-message.js';
import { NOTHING_STREAMED } from '../../messages/streamed-ids.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type { TurnCode } from '../../facts/turn-end.js';
import type {
  Beginning,
  BeginningRun,
  Holding,
  LostRun,
  ReclaimedRun,
  TurnRun,
} from '../../turns/turn-run.js';
import {
  type AcceptOutcome,
  type ClaimedTurn,
  type NewTurn,
  TURN_CANCELLED,
  type TurnStore,
} from '../../turns/turn.store.js';
import type { CancelOutcome, CompleteOutcome } from '../../turns/end-outcomes.js';
import { inMicroseconds } from '../columns.js';
import { type StoreSettings } from '../database.options.js';
import { sizeOf, toMessageRow } from '../message-columns.js';
import { recordedIds } from '../recorded-ids.js';
import { type ClaimedTurnRow, toClaimedTurn } from '../turn-row.js';
import { claimedSession, type ClaimedSessionRow } from './claimed-session.js';
import { CANCEL_INTERRUPTS } from './recording-statements.js';
import { beginRuns, renewRuns } from './held-runs.js';
import { logCounted, logEvent } from './log-event.js';
import { addMessages, forgetHistory, historySize } from './history.js';
import { leaveDelivery, settleInError } from './settle-turn.js';
import { type SessionStateRow, SqliteAcceptance } from './sqlite-acceptance.js';
import type { SqliteDatabase } from './sqlite-database.js';
import { SqliteLostRuns } from './sqlite-lost-runs.js';
import { SqliteTurnReads } from './sqlite-turn-reads.js';
import * as statements from './turn-statements.js';

/**
 * Size in characters from which a response is stored in its turn alone and not in the session as well: SQLite writes
 * while the event loop waits.
 */
const LARGE_RESPONSE = 256 * 1024;

/** Number of messages from which recording them takes a noticeable time. */
const MANY_MESSAGES = 1_000;

/** The {@link TurnStore} on SQLite: every transition is a synchronous transaction. */
export class SqliteTurnStore extends SqliteTurnReads implements TurnStore {
  private readonly lease: number;
  private readonly maxAttempts: number;
  private readonly maxHistory: number;
  private readonly acceptance: SqliteAcceptance;
  private readonly lostRuns: SqliteLostRuns;

  constructor(database: SqliteDatabase, settings: StoreSettings) {
    super(database, settings);
    this.lease = inMicroseconds(settings.lease);
    this.maxAttempts = settings.maxAttempts;
    this.maxHistory = settings.maxHistory;
    this.acceptance = new SqliteAcceptance(database, settings);
    this.lostRuns = new SqliteLostRuns(database, settings);
  }

  async accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<AcceptOutcome> {
    return this.acceptance.accept(scope, sessionId, turn, manager);
  }

  async claim(turnId: string, worker: string, isolates = false): Promise<ClaimedTurn | undefined> {
    return this.database.transaction((sql): ClaimedTurn | undefined => {
      const now = this.database.now();
      const claim = statements.CLAIM({
        turnId,
        module: this.module,
        worker,
        leaseUntil: now + this.lease,
        maxAttempts: this.maxAttempts,
        isolates,
        now,
      });
      const claimed = sql.get<Omit<ClaimedTurnRow, keyof ClaimedSessionRow>>(claim);
      if (!claimed) return undefined;
      const { session_id: sessionId } = claimed;
      logEvent(sql, turnId, 'turn.started', now);
      const { session, history } = claimedSession(sql, sessionId);
      return toClaimedTurn(turnId, { ...session, ...claimed }, history);
    });
  }

  async countRefusedClaim(
    turnId: string,
    describe: (lost: LostRun) => string,
  ): Promise<ReclaimedRun | undefined> {
    return this.lostRuns.countRefusedClaim(turnId, describe);
  }

  async begin(runs: BeginningRun[]): Promise<Beginning> {
    return this.database.transaction((sql) => {
      const holding = beginRuns(sql, runs);
      const histories = new Map<string, ChatMessage[]>();
      for (const { turnId, sessionId, readsHistory } of runs) {
        if (!readsHistory || !holding.held.includes(turnId)) continue;
        const { history } = claimedSession(sql, sessionId);
        if (history) histories.set(turnId, history);
      }
      return { ...holding, histories };
    });
  }

  async renew(runs: TurnRun[]): Promise<Holding> {
    return this.database.transaction((sql) => renewRuns(sql, runs, this.database.now() + this.lease));
  }

  async complete(
    run: TurnRun,
    result: TurnResult,
    totalTokens?: number,
    streamed = NOTHING_STREAMED,
  ): Promise<CompleteOutcome> {
    const messages = result.messages.map(toMessageRow);
    const bytes = sizeOf(messages);
    const response = JSON.stringify(result.response);
    const { ids, firstNew } = recordedIds(run, result, streamed);
    const isLarge = response.length >= LARGE_RESPONSE;
    // What has been done so far for the answer has blocked the event loop, and so does writing it.
    if (isLarge || messages.length > MANY_MESSAGES) await setImmediate();
    return this.database.transaction((sql): CompleteOutcome => {
      const { turnId, attempt, sessionId } = run;
      const now = this.database.now();
      const before = historySize(sql, sessionId);
      const kept = result.replacesHistory ? { count: 0, bytes: 0, version: before.version + 1 } : before;
      const end = { turnId, attempt, now, response, totalTokens: totalTokens ?? null };
      if (kept.bytes + bytes > this.maxHistory) return 'history_too_large';
      if (sql.run(statements.COMPLETE_TURN(end)) === 0) return 'lost';
      if (result.replacesHistory) forgetHistory(sql, sessionId);
      addMessages(sql, sessionId, messages, { ids, from: kept.count, turnId, now });
      const recorded = { from: kept.count + firstNew, count: messages.length - firstNew };
      logCounted(sql, turnId, 'turn.completed', now, { recorded });
      const settled = {
        sessionId,
        response: isLarge ? null : response,
        messageCount: kept.count + messages.length,
        historyBytes: kept.bytes + bytes,
        historyVersion: kept.version,
        now,
      };
      sql.run(statements.SETTLE_COMPLETED(settled));
      leaveDelivery(sql, turnId);
      return 'completed';
    });
  }

  async fail(run: TurnRun, error: string, code: TurnCode, totalTokens?: number): Promise<boolean> {
    return this.database.transaction((sql) => {
      const now = this.database.now();
      const { turnId, attempt } = run;
      const end = { turnId, attempt, now, error, code, totalTokens: totalTokens ?? null };
      return sql.run(statements.FAIL_TURN(end)) > 0 && settleInError(sql, run, error, now);
    });
  }

  async requeue({ turnId, attempt }: TurnRun): Promise<boolean> {
    return this.database.transaction((sql) => {
      const now = this.database.now();
      if (sql.run(statements.REQUEUE({ turnId, attempt, now })) === 0) return false;
      logEvent(sql, turnId, 'turn.requeued', now, { data: { reason: 'worker_stopped' } });
      return true;
    });
  }

  async charge(run: TurnRun): Promise<boolean> {
    return this.lostRuns.charge(run);
  }

  async cancel(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<CancelOutcome> {
    return this.database.transaction((sql): CancelOutcome => {
      const now = this.database.now();
      const scoped = this.scoped(scope, sessionId);
      const session = sql.get<SessionStateRow>(statements.SESSION_STATE(scoped));
      if (!session) return { outcome: 'session_not_found' };
      const current = session.current_turn_id;
      if (current === null) return { outcome: 'nothing_running' };
      if (turnId !== undefined && turnId !== current) return { outcome: 'turn_mismatch', turnId: current };
      const cancel = statements.CANCEL_TURN({ turnId: current, error: TURN_CANCELLED, now });
      const cancelled = sql.get<{ has_webhook: number }>(cancel);
      if (!cancelled) return { outcome: 'nothing_running' };
      sql.run(CANCEL_INTERRUPTS({ turnId: current, now }));
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
}
