import type { EntityManager } from 'typeorm';

import type { ChatMessage } from '../../messages/chat-message.js';
import type { SessionScope } from '../../owners/session-scope.js';
import type {
  AttemptOutcome,
  ClaimedDelivery,
  DeliveryPage,
  DeliveryStore,
  DueDelivery,
  DuePage,
  DueSelection,
  RedeliverOutcome,
  ShownMessages,
} from '../../webhooks/delivery.store.js';
import { inMicroseconds } from '../columns.js';
import { BATCH_BYTES, BATCH_MESSAGES, type StoreSettings } from '../database.options.js';
import {
  attemptNote,
  type ClaimedDeliveryRow,
  type DeliveryRow,
  type DueRow,
  type ShownMessageRow,
  toClaimedDelivery,
  toDeliveryPage,
  toDueDelivery,
  toDuePage,
  toShownMessages,
  withAttempt,
} from '../delivery-row.js';
import { fromMessageTuples } from '../message-columns.js';
import * as statements from './delivery-statements.js';
import type { PostgresDatabase } from './postgres-database.js';

const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

/** The {@link DeliveryStore} on PostgreSQL. */
export class PostgresDeliveryStore implements DeliveryStore {
  private readonly module: string;
  private readonly ttl: number | null;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
  }

  async dueOf(turnId: string): Promise<DueDelivery[]> {
    const rows = await this.database.run<DueRow>(statements.DUE_OF_TURN, [turnId, this.module]);
    return rows.map(toDueDelivery);
  }

  async due(selection: DueSelection): Promise<DuePage> {
    const { limit, after } = selection;
    const values = [
      this.module,
      limit,
      inMicroseconds(selection.ahead),
      after?.nextAttemptAt ?? 0,
      after?.id ?? LEAST_UUID,
      selection.exceptOrigins,
      selection.exceptSessions,
      selection.small,
      selection.maxBytes,
      selection.exceptLargeTo,
      selection.since === undefined ? null : inMicroseconds(selection.since),
    ];
    return toDuePage(await this.database.run<DueRow>(statements.DUE, values), limit);
  }

  async claim(
    id: string,
    { time, retryDelays }: { time: number; retryDelays: readonly number[] },
  ): Promise<ClaimedDelivery | undefined> {
    const note = attemptNote();
    const pauses = retryDelays.map(inMicroseconds);
    const values = [id, this.module, inMicroseconds(time), retryDelays.length + 1, pauses, note];
    const [row] = await this.database.run<ClaimedDeliveryRow>(statements.CLAIM, values);
    return row && toClaimedDelivery(row, note);
  }

  async history({ id, claim }: ClaimedDelivery, after: number): Promise<ShownMessages | undefined> {
    const values = [id, claim, after, BATCH_MESSAGES, BATCH_BYTES];
    return toShownMessages(await this.database.run<ShownMessageRow>(statements.HISTORY, values), after);
  }

  async keptHistory({ id, claim }: ClaimedDelivery): Promise<ChatMessage[] | undefined> {
    const [row] = await this.database.run<{ messages: string | null }>(statements.KEPT_HISTORY, [id, claim]);
    return row?.messages ? fromMessageTuples(row.messages) : undefined;
  }

  async record(claimed: ClaimedDelivery, { status, attempt, retryIn }: AttemptOutcome): Promise<boolean> {
    const { id, claim, note } = claimed;
    const pause = retryIn === undefined ? null : inMicroseconds(retryIn);
    const values = [id, claim, status, withAttempt(claimed.attempts, attempt), pause];
    if ((await this.database.run(statements.RECORD, values)).length > 0) return true;
    if (attempt) await this.database.run(statements.RECORD_LATE, [id, note, JSON.stringify(attempt)]);
    return false;
  }

  async release({ id, claim, attempts }: ClaimedDelivery): Promise<void> {
    await this.database.run(statements.RELEASE, [id, claim, withAttempt(attempts)]);
  }

  async list(
    scope: SessionScope,
    sessionId: string,
    { limit, after = 0 }: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<DeliveryPage | undefined> {
    const values = [sessionId, this.module, scope.owner ?? null, this.ttl, after, limit + 1];
    return toDeliveryPage(await this.database.run<DeliveryRow>(statements.LIST, values, manager), limit);
  }

  async redeliver(
    scope: SessionScope,
    sessionId: string,
    delivery: { id: string; allowPrivateAddresses: boolean },
    manager?: EntityManager,
  ): Promise<RedeliverOutcome> {
    const { id, allowPrivateAddresses } = delivery;
    const values = [sessionId, this.module, scope.owner ?? null, this.ttl, id, allowPrivateAddresses];
    const [row] = await this.database.run<{ turn_id: string | null }>(statements.REDELIVER, values, manager);
    if (!row) return { outcome: 'session_not_found' };
    return row.turn_id === null ? { outcome: 'delivery_not_found' } : { outcome: 'due', turnId: row.turn_id };
  }
}
