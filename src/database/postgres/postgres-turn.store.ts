import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../../agents/turn-output.js';
import { TryAgainException } from '../../exceptions/index.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type { TurnCode } from '../../facts/turn-end.js';
import {
  type AcceptOutcome,
  type CancelOutcome,
  type ClaimedTurn,
  type CompleteOutcome,
  type ExpiringLease,
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
import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';
import { fromMessageTuples, messageColumns, sizeOf, toMessageRow } from '../message-columns.js';
import {
  type ClaimedTurnRow,
  toAcceptedRun,
  toClaimedTurn,
  toTurnPage,
  type TurnPageRow,
} from '../turn-row.js';
import * as accepting from './accept-statements.js';
import { once } from './postgres-idempotency.js';
import { lockTimeout, type PostgresDatabase, type Run } from './postgres-database.js';
import { fence, finds, PostgresLostRuns } from './postgres-lost-runs.js';
import * as statements from './turn-statements.js';

/** How often a transition is retried if the session changes between its statements or during one of them. */
const TRIES = 3;

/** The {@link TurnStore} on PostgreSQL: every transition is one statement. */
export class PostgresTurnStore implements TurnStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly lease: number;
  private readonly maxAttempts: number;
  private readonly maxHistory: number;
  private readonly lostRuns: PostgresLostRuns;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
    this.lease = inMicroseconds(settings.lease);
    this.maxAttempts = settings.maxAttempts;
    this.maxHistory = settings.maxHistory;
    this.lostRuns = new PostgresLostRuns(database, settings);
  }

  async accept(
    scope: SessionScope,
    sessionId: string,
    turn: NewTurn,
    manager?: EntityManager,
  ): Promise<AcceptOutcome> {
    const session = [sessionId, this.module, scope.owner ?? null, this.ttl];
    const room = this.maxHistory - sizeOf([toMessageRow(turn.message)]);
    const values = [
      lockTimeout(manager),
      ...session,
      turn.id,
      JSON.stringify(turn.message),
      turn.webhook ? JSON.stringify(turn.webhook) : null,
      turn.traceparent ?? null,
      room,
    ];
    const accept = async (run: Run): Promise<AcceptOutcome> => {
      for (let tries = 0; tries < TRIES; tries++) {
        const accepted = turn.worker
          ? await this.acceptRunning(run, values, sessionId, turn)
          : await this.acceptQueued(run, values);
        if (accepted) return accepted;
        const [found] = await run<{ turn_id: string | null; history_bytes: string }>(
          accepting.UNFINISHED_TURN,
          session,
        );
        if (!found) return { outcome: 'session_not_found' };
        if (found.turn_id !== null) return { outcome: 'busy', turnId: found.turn_id };
        if (Number(found.history_bytes) > room) return { outcome: 'history_too_large' };
      }
      throw new TryAgainException();
    };
    if (!turn.request) return accept((...call) => this.database.run(...call, manager));
    const request = { request: turn.request, sessionId, ttl: this.ttl };
    return once(this.database, request, accept, ({ outcome }) => outcome === 'accepted', manager);
  }

  private async acceptQueued(run: Run, values: unknown[]): Promise<AcceptOutcome | undefined> {
    const [row] = await run<{ owner: string | null }>(accepting.ACCEPT, values);
    return row && { outcome: 'accepted', owner: row.owner ?? undefined };
  }

  private async acceptRunning(
    run: Run,
    values: unknown[],
    sessionId: string,
    turn: NewTurn,
  ): Promise<AcceptOutcome | undefined> {
    const limits = [ACCEPTED_HISTORY_BYTES, ACCEPTED_HISTORY_MESSAGES];
    interface Row {
      owner: string | null;
      message_count: number;
      history: string | null;
    }
    const all = [...values, this.lease, turn.worker, ...limits];
    const [row] = await run<Row>(accepting.ACCEPT_RUNNING, all);
    if (!row) return undefined;
    const history = row.history === null ? undefined : fromMessageTuples(row.history);
    const first = toAcceptedRun(sessionId, turn, row, history);
    return { outcome: 'accepted', owner: first.owner, run: first };
  }

  async claim(turnId: string, worker: string, isolates = false): Promise<ClaimedTurn | undefined> {
    const limits = [CLAIMED_HISTORY_BYTES, BATCH_MESSAGES];
    const values = [turnId, this.module, this.lease, worker, this.maxAttempts, ...limits, isolates];
    type Row = ClaimedTurnRow & { history: string | null };
    const [row] = await this.database.run<Row>(statements.CLAIM, values);
    if (!row) return undefined;
    return toClaimedTurn(turnId, row, row.history === null ? undefined : fromMessageTuples(row.history));
  }

  async countRefusedClaim(
    turnId: string,
    describe: (lost: LostRun) => string,
  ): Promise<ReclaimedRun | undefined> {
    return this.lostRuns.countRefusedClaim(turnId, describe);
  }

  async renew(runs: TurnRun[]): Promise<Renewal> {
    const rows = await this.database.run<{ id: string; renewed: boolean; lost: boolean }>(statements.RENEW, [
      runs.map(({ turnId }) => turnId),
      runs.map(({ attempt }) => attempt),
      this.lease,
    ]);
    return {
      renewed: rows.filter(({ renewed }) => renewed).map(({ id }) => id),
      lost: rows.filter(({ lost }) => lost).map(({ id }) => id),
    };
  }

  async complete(run: TurnRun, result: TurnResult, totalTokens?: number): Promise<CompleteOutcome> {
    const { bytes, roles, contents, details } = messageColumns(result.messages);
    if (bytes > this.maxHistory) return 'history_too_large';
    const response = JSON.stringify(result.response);
    const added = [roles, contents, details, bytes, this.maxHistory];
    const complete = async (run_: Run): Promise<CompleteOutcome> => {
      const values = [...fence(run), totalTokens ?? null, response, ...added];
      const [row] = await run_<{ completed: boolean; too_large: boolean }>(statements.COMPLETE, values);
      if (row?.completed) return 'completed';
      return row?.too_large ? 'history_too_large' : 'lost';
    };
    if (!result.replacesHistory) return complete((...call) => this.database.run(...call));
    return this.database.transaction(async (inTransaction) => {
      const values = [...fence(run), SHOWN_HISTORY_BYTES];
      const held = (await inTransaction(statements.FORGET_HISTORY, values)).length > 0;
      return held ? complete(inTransaction) : 'lost';
    });
  }

  async fail(run: TurnRun, error: string, code: TurnCode, totalTokens?: number): Promise<boolean> {
    return finds(this.database, statements.FAIL, [...fence(run), totalTokens ?? null, error, code]);
  }

  async requeue(run: TurnRun): Promise<boolean> {
    return finds(this.database, statements.REQUEUE, [run.turnId, run.attempt]);
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
        has_webhook: boolean | null;
      }>(statements.CANCEL, values, manager);
      if (!session) return { outcome: 'session_not_found' };
      if (session.turn_id === null) return { outcome: 'nothing_running' };
      if (session.cancelled) {
        return {
          outcome: 'cancelled',
          turnId: session.turn_id,
          owner: session.owner ?? undefined,
          hasWebhook: session.has_webhook ? true : undefined,
        };
      }
      if (turnId !== undefined && turnId !== session.turn_id) {
        return { outcome: 'turn_mismatch', turnId: session.turn_id };
      }
    }
    throw new TryAgainException();
  }

  async reclaim(
    own: TurnRun[],
    limit: number,
    describe: (lost: LostRun) => string,
    onError?: (lost: LostRun, error: unknown) => void,
    confirms?: (lease: ExpiringLease) => boolean,
  ): Promise<ReclaimedRun[]> {
    return this.lostRuns.reclaim(own, limit, describe, onError, confirms);
  }

  async queued(limit: number, olderThan: number): Promise<string[]> {
    const values = [this.module, inMicroseconds(olderThan), limit];
    return (await this.database.run<{ id: string }>(statements.QUEUED, values)).map(({ id }) => id);
  }

  async list(
    scope: SessionScope,
    sessionId: string,
    { limit, after = 0 }: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<TurnPage | undefined> {
    const values = [sessionId, this.module, scope.owner ?? null, this.ttl, after, limit, BATCH_BYTES];
    return toTurnPage(await this.database.run<TurnPageRow>(statements.LIST, values, manager));
  }
}
