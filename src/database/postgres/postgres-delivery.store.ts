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
import { BATCH_BYTES, BATCH_MESSAGES, type StoreSettings, ttlOf } from '../database.options.js';
import {
  attemptNote,
  type ClaimedDeliveryRow,
  type DeliveryRow,
  type DueRow,
  type ShownMessageRow,
  toClaimedDelivery,
  toClaimValues,
  toDeliveryPage,
  toDueDelivery,
  toShownMessages,
  withAttempt,
} from '../delivery-row.js';
import { DueDeliveries } from '../due-deliveries.js';
import { fromMessageTuples } from '../message-columns.js';
import * as statements from './delivery-statements.js';
import type { PostgresDatabase } from './postgres-database.js';

/** The {@link DeliveryStore} on PostgreSQL. */
export class PostgresDeliveryStore implements DeliveryStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly dueDeliveries: DueDeliveries;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = ttlOf(settings);
    const { module } = settings;
    this.dueDeliveries = new DueDeliveries({
      due: (values) => database.run(statements.DUE({ module, ...values })),
      hasMore: async (values) => (await database.run(statements.MORE_DUE({ module, ...values }))).length > 0,
      receivers: async (after, limit) => {
        const rows = await database.run<{ origin: string }>(statements.RECEIVERS({ module, after, limit }));
        return rows.map(({ origin }) => origin);
      },
      ofReceivers: (values) => database.run(statements.OF_RECEIVERS({ module, ...values })),
    });
  }

  async dueOf(turnId: string): Promise<DueDelivery[]> {
    const find = statements.DUE_OF_TURN({ turnId, module: this.module });
    const rows = await this.database.run<DueRow>(find);
    return rows.map(toDueDelivery);
  }

  async due(selection: DueSelection): Promise<DuePage> {
    return this.dueDeliveries.find(selection);
  }

  async claim(
    id: string,
    limits: { time: number; retryDelays: readonly number[] },
  ): Promise<ClaimedDelivery | undefined> {
    const note = attemptNote();
    const values = { id, module: this.module, ...toClaimValues(limits), note };
    const [row] = await this.database.run<ClaimedDeliveryRow>(statements.CLAIM(values));
    return row && toClaimedDelivery(row, note);
  }

  async history(
    { id, claim, sessionId }: ClaimedDelivery,
    after: number,
  ): Promise<ShownMessages | undefined> {
    const batch = { after, limit: BATCH_MESSAGES, bytes: BATCH_BYTES };
    const read = statements.HISTORY({ id, claim, sessionId, ...batch });
    return toShownMessages(await this.database.run<ShownMessageRow>(read), after);
  }

  async keptHistory({ id, claim }: ClaimedDelivery): Promise<ChatMessage[] | undefined> {
    const read = statements.KEPT_HISTORY({ id, claim });
    const [row] = await this.database.run<{ messages: string | null }>(read);
    return row?.messages ? fromMessageTuples(row.messages) : undefined;
  }

  async record(claimed: ClaimedDelivery, { status, attempt, retryIn }: AttemptOutcome): Promise<boolean> {
    const { id, claim, note } = claimed;
    const attempts = withAttempt(claimed.attempts, attempt);
    const pause = retryIn === undefined ? null : inMicroseconds(retryIn);
    const record = statements.RECORD({ id, claim, status, attempts, pause });
    if ((await this.database.run(record)).length > 0) return true;
    if (attempt) {
      await this.database.run(statements.RECORD_LATE({ id, note, attempt: JSON.stringify(attempt) }));
    }
    return false;
  }

  async release({ id, claim, attempts }: ClaimedDelivery): Promise<void> {
    await this.database.run(statements.RELEASE({ id, claim, attempts: withAttempt(attempts) }));
  }

  async list(
    scope: SessionScope,
    sessionId: string,
    { limit, after = 0 }: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<DeliveryPage | undefined> {
    const list = statements.LIST({ ...this.scoped(scope, sessionId), after, limit });
    return toDeliveryPage(await this.database.run<DeliveryRow>(list, manager));
  }

  async redeliver(
    scope: SessionScope,
    sessionId: string,
    { id, allowPrivateAddresses }: { id: string; allowPrivateAddresses: boolean },
    manager?: EntityManager,
  ): Promise<RedeliverOutcome> {
    const session = this.scoped(scope, sessionId);
    const redeliver = statements.REDELIVER({ ...session, delivery: id, allowPrivateAddresses });
    const [due] = await this.database.run<{ turn_id: string }>(redeliver, manager);
    if (due) return { outcome: 'due', turnId: due.turn_id };
    const [found] = await this.database.run(statements.SESSION(session), manager);
    return { outcome: found ? 'delivery_not_found' : 'session_not_found' };
  }

  private scoped(scope: SessionScope, id: string) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl };
  }
}
