import type { EntityManager } from 'typeorm';

import type { TurnResult } from '../../agents/turn-output.js';
import { TryAgainException } from '../../exceptions/index.js';
import type { ChatMessage } from '../../messages/chat-message.js';
import { NOTHING_STREAMED } from '../../messages/streamed-ids.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type { TurnCode } from '../../facts/turn-end.js';
import type {
  Beginning,
  BeginningRun,
  Holding,
  ExpiringLease,
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
import { BATCH_MESSAGES, CLAIMED_HISTORY_BYTES, type StoreSettings } from '../database.options.js';
import { fromMessageTuples, messageColumns } from '../message-columns.js';
import { recordedIds } from '../recorded-ids.js';
import { type ClaimedTurnRow, type HeldRow, toClaimedTurn, toHolding } from '../turn-row.js';
import { COMPLETE, FORGET_HISTORY } from './complete-statements.js';
import { PostgresAcceptance } from './postgres-acceptance.js';
import { lockTimeout, type PostgresDatabase, type Run } from './postgres-database.js';
import { PostgresLostRuns } from './postgres-lost-runs.js';
import { fence } from './run-end.js';
import { PostgresTurnReads } from './postgres-turn-reads.js';
import * as statements from './turn-statements.js';

/** How often a cancel is tried when the session changes under its statement. */
const MAX_TRIES = 3;

/** The {@link TurnStore} on PostgreSQL: every transition is one statement. */
export class PostgresTurnStore extends PostgresTurnReads implements TurnStore {
  private readonly lease: number;
  private readonly maxAttempts: number;
  private readonly maxHistory: number;
  private readonly acceptance: PostgresAcceptance;
  private readonly lostRuns: PostgresLostRuns;

  constructor(database: PostgresDatabase, settings: StoreSettings) {
    super(database, settings);
    this.lease = inMicroseconds(settings.lease);
    this.maxAttempts = settings.maxAttempts;
    this.maxHistory = settings.maxHistory;
    this.acceptance = new PostgresAcceptance(database, settings);
    this.lostRuns = new PostgresLostRuns(database, settings);
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
    const claim = statements.CLAIM({
      turnId,
      module: this.module,
      lease: this.lease,
      worker,
      maxAttempts: this.maxAttempts,
      bytes: CLAIMED_HISTORY_BYTES,
      messages: BATCH_MESSAGES,
      isolates,
    });
    const [row] = await this.database.run<ClaimedTurnRow & { history: string | null }>(claim);
    if (!row) return undefined;
    return toClaimedTurn(turnId, row, row.history === null ? undefined : fromMessageTuples(row.history));
  }

  async countRefusedClaim(
    turnId: string,
    describe: (lost: LostRun) => string,
  ): Promise<ReclaimedRun | undefined> {
    return this.lostRuns.countRefusedClaim(turnId, describe);
  }

  async begin(runs: BeginningRun[]): Promise<Beginning> {
    const ids = idsOf(runs);
    if (!runs.some(({ readsHistory }) => readsHistory)) {
      const rows = await this.database.run<HeldRow>(statements.BEGIN(ids));
      return { ...toHolding(rows), histories: new Map() };
    }
    const begin = statements.BEGIN_AND_READ({
      ...ids,
      readings: runs.map(({ sessionId, readsHistory }) => (readsHistory ? sessionId : null)),
      bytes: CLAIMED_HISTORY_BYTES,
      messages: BATCH_MESSAGES,
    });
    const rows = await this.database.run<HeldRow & { history: string | null }>(begin);
    const histories = new Map<string, ChatMessage[]>();
    for (const { id, history } of rows) if (history !== null) histories.set(id, fromMessageTuples(history));
    return { ...toHolding(rows), histories };
  }

  async renew(runs: TurnRun[]): Promise<Holding> {
    return toHolding(
      await this.database.run<HeldRow>(statements.RENEW({ ...idsOf(runs), lease: this.lease })),
    );
  }

  async complete(
    run: TurnRun,
    result: TurnResult,
    totalTokens?: number,
    streamed = NOTHING_STREAMED,
  ): Promise<CompleteOutcome> {
    const { maxHistory } = this;
    const added = messageColumns(result.messages);
    if (added.bytes > maxHistory) return 'history_too_large';
    const end = {
      ...fence(run),
      totalTokens: totalTokens ?? null,
      response: JSON.stringify(result.response),
      ...recordedIds(run, result, streamed),
    };
    const query = COMPLETE({ ...end, ...added, maxHistory });
    const complete = async (runQuery: Run): Promise<CompleteOutcome> => {
      const [row] = await runQuery<{ completed: boolean; too_large: boolean }>(query);
      if (row?.completed) return 'completed';
      return row?.too_large ? 'history_too_large' : 'lost';
    };
    if (!result.replacesHistory) return complete((only) => this.database.run(only));
    return this.database.transaction(async (inTransaction) => {
      const held = (await inTransaction(FORGET_HISTORY(fence(run)))).length > 0;
      return held ? complete(inTransaction) : 'lost';
    });
  }

  async fail(run: TurnRun, error: string, code: TurnCode, totalTokens?: number): Promise<boolean> {
    const end = { ...fence(run), totalTokens: totalTokens ?? null, error, code };
    return this.database.finds(statements.FAIL(end));
  }

  async requeue({ sessionId, turnId, attempt }: TurnRun): Promise<boolean> {
    return this.database.finds(statements.REQUEUE({ sessionId, turnId, attempt }));
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
    const cancel = statements.CANCEL({
      lockTimeout: lockTimeout(manager),
      ...this.scoped(scope, sessionId),
      turnId: turnId ?? null,
      error: TURN_CANCELLED,
    });
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const [session] = await this.database.run<{
        turn_id: string | null;
        owner: string | null;
        cancelled: boolean;
        has_webhook: boolean | null;
      }>(cancel, manager);
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
}

/** The runs as parallel arrays. */
function idsOf(runs: TurnRun[]) {
  return { turnIds: runs.map(({ turnId }) => turnId), attempts: runs.map(({ attempt }) => attempt) };
}
