import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../../agents/turn-output.js';
import { TryAgainException } from '../../exceptions/index.js';
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
import { fromMessageTuples, messageColumns } from '../message-columns.js';
import {
  type ClaimedTurnRow,
  type LostRunRow,
  toClaimedTurn,
  toLostRun,
  toTurnRecord,
  type TurnRow,
} from '../turn-row.js';
import { once } from './postgres-idempotency.js';
import { lockTimeout, type PostgresDatabase, type Run, type Statement } from './postgres-database.js';
import * as statements from './turn-statements.js';

/** How often a transition looks again when the session changes between its statements, or under one of them. */
const TRIES = 3;

/** The {@link TurnStore} on PostgreSQL: every transition is one statement. */
export class PostgresTurnStore implements TurnStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly lease: number;
  private readonly maxAttempts: number;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
    this.lease = inMicroseconds(settings.lease);
    this.maxAttempts = settings.maxAttempts;
  }

  async accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<AcceptOutcome> {
    const session = [sessionId, this.module, scope.owner ?? null, this.ttl];
    const values = [
      lockTimeout(manager),
      ...session,
      turn.id,
      JSON.stringify(turn.message),
      turn.webhook ? JSON.stringify(turn.webhook) : null,
      turn.traceparent ?? null,
    ];
    const accept = async (run: Run): Promise<AcceptOutcome> => {
      for (let tries = 0; tries < TRIES; tries++) {
        const [accepted] = await run<{ owner: string | null }>(statements.ACCEPT, values);
        if (accepted) return { outcome: 'accepted', owner: accepted.owner ?? undefined };
        const [found] = await run<{ turn_id: string | null }>(statements.UNFINISHED_TURN, session);
        if (!found) return { outcome: 'session_not_found' };
        if (found.turn_id !== null) return { outcome: 'busy', turnId: found.turn_id };
      }
      throw new TryAgainException();
    };
    if (!turn.request) return accept((...call) => this.database.run(...call, manager));
    const request = { request: turn.request, sessionId, ttl: this.ttl };
    return once(this.database, request, accept, ({ outcome }) => outcome === 'accepted', manager);
  }

  async claim(turnId: string, alone: boolean): Promise<ClaimedTurn | 'must_run_alone' | undefined> {
    const values = [turnId, this.module, this.lease, alone, this.maxAttempts];
    const [row] = await this.database.run<ClaimedTurnRow & { history: string }>(statements.CLAIM, values);
    if (!row) {
      const isQueued = !alone && (await this.finds(statements.IS_QUEUED, [turnId, this.module]));
      return isQueued ? 'must_run_alone' : undefined;
    }
    return toClaimedTurn(turnId, row, fromMessageTuples(row.history));
  }

  async renew(runs: TurnRun[]): Promise<TurnRun[]> {
    const held = await this.database.run<{ id: string }>(statements.RENEW, [
      runs.map(({ turnId }) => turnId),
      runs.map(({ attempt }) => attempt),
      this.lease,
    ]);
    const ids = new Set(held.map(({ id }) => id));
    return runs.filter(({ turnId }) => !ids.has(turnId));
  }

  async complete(run: TurnRun, result: TurnResult, totalTokens?: number): Promise<boolean> {
    const { roles, contents, details } = messageColumns(result.messages);
    const end = [
      ...fence(run),
      totalTokens ?? null,
      JSON.stringify(result.response),
      roles,
      contents,
      details,
    ];
    const complete = async (run: Run) => (await run(statements.COMPLETE, end)).length > 0;
    if (!result.replacesHistory) return complete((...call) => this.database.run(...call));
    return this.database.transaction(
      async (inTransaction) =>
        (await inTransaction(statements.FORGET_HISTORY, fence(run))).length > 0 && complete(inTransaction),
    );
  }

  async fail(run: TurnRun, error: string, totalTokens?: number): Promise<boolean> {
    return this.finds(statements.FAIL, [...fence(run), totalTokens ?? null, error]);
  }

  async requeue(run: TurnRun): Promise<boolean> {
    return this.finds(statements.REQUEUE, [run.turnId, run.attempt]);
  }

  async cancel(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<CancelOutcome> {
    const values = [
      lockTimeout(manager),
      sessionId,
      this.module,
      scope.owner ?? null,
      this.ttl,
      turnId ?? null,
      TURN_CANCELLED,
    ];
    for (let tries = 0; tries < TRIES; tries++) {
      const [session] = await this.database.run<{
        turn_id: string | null;
        owner: string | null;
        cancelled: boolean;
      }>(statements.CANCEL, values, manager);
      if (!session) return { outcome: 'session_not_found' };
      if (session.turn_id === null) return { outcome: 'nothing_running' };
      if (session.cancelled) {
        return { outcome: 'cancelled', turnId: session.turn_id, owner: session.owner ?? undefined };
      }
      if (turnId !== undefined && turnId !== session.turn_id) {
        return { outcome: 'turn_mismatch', turnId: session.turn_id };
      }
    }
    throw new TryAgainException();
  }

  async reclaim(own: TurnRun[], limit: number, describe: (lost: LostRun) => string): Promise<ReclaimedRun[]> {
    const values = [this.module, own.map(({ turnId }) => turnId), limit];
    const reclaimed: ReclaimedRun[] = [];
    for (const row of await this.database.run<LostRunRow>(statements.LOST_RUNS, values)) {
      const lost = toLostRun(row);
      const error = lost.lostRuns < this.maxAttempts ? undefined : describe(lost);
      const changed =
        error === undefined
          ? await this.finds(statements.REQUEUE_LOST, [lost.turnId, lost.attempt, this.maxAttempts])
          : await this.finds(statements.FAIL_LOST, [...fence(lost), null, error, this.maxAttempts]);
      if (changed) reclaimed.push({ ...lost, error });
    }
    return reclaimed;
  }

  async queued(limit: number, olderThan: number): Promise<string[]> {
    const values = [this.module, inMicroseconds(olderThan), limit];
    return (await this.database.run<{ id: string }>(statements.QUEUED, values)).map(({ id }) => id);
  }

  async list(sessionId: string, manager?: EntityManager): Promise<TurnRecord[]> {
    return (await this.database.run<TurnRow>(statements.LIST, [sessionId], manager)).map(toTurnRecord);
  }

  private async finds(statement: Statement, values: unknown[]): Promise<boolean> {
    return (await this.database.run(statement, values)).length > 0;
  }
}

/** The parameters by which the end of a run finds its turn. */
function fence(run: TurnRun): [string, string, number] {
  return [run.sessionId, run.turnId, run.attempt];
}
