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
import type { Query, SqliteDatabase } from './sqlite-database.js';

/** The {@link DeliveryStore} on SQLite. */
export class SqliteDeliveryStore implements DeliveryStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly dueDeliveries: DueDeliveries;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = ttlOf(settings);
    const { module } = settings;
    const all = <Row>(query: Query) => database.read((sql) => sql.all<Row>(query));
    const given = () => ({ module, now: database.now() });
    this.dueDeliveries = new DueDeliveries({
      due: (values) => all(statements.DUE({ ...given(), ...values })),
      hasMore: async (values) => (await all(statements.MORE_DUE({ ...given(), ...values }))).length > 0,
      receivers: async (after, limit) => {
        const rows = await all<{ origin: string }>(statements.RECEIVERS({ module, after, limit }));
        return rows.map(({ origin }) => origin);
      },
      ofReceivers: (values) => all(statements.OF_RECEIVERS({ ...given(), ...values })),
    });
  }

  async dueOf(turnId: string): Promise<DueDelivery[]> {
    const find = statements.DUE_OF_TURN({ turnId, module: this.module, now: this.database.now() });
    const rows = await this.database.read((sql) => sql.all<DueRow>(find));
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
    const row = await this.database.transaction((sql) =>
      sql.get<ClaimedDeliveryRow>(statements.CLAIM({ ...values, now: this.database.now() })),
    );
    return row && toClaimedDelivery(row, note);
  }

  async history(
    { id, claim, sessionId }: ClaimedDelivery,
    after: number,
  ): Promise<ShownMessages | undefined> {
    const batch = { after, limit: BATCH_MESSAGES, bytes: BATCH_BYTES };
    const read = statements.HISTORY({ id, claim, sessionId, ...batch });
    const rows = await this.database.read((sql) => sql.all<ShownMessageRow>(read));
    return toShownMessages(rows, after);
  }

  async keptHistory({ id, claim }: ClaimedDelivery): Promise<ChatMessage[] | undefined> {
    const read = statements.KEPT_HISTORY({ id, claim });
    const row = await this.database.read((sql) => sql.get<{ messages: string | null }>(read));
    return row?.messages ? fromMessageTuples(row.messages) : undefined;
  }

  async record(claimed: ClaimedDelivery, { status, attempt, retryIn }: AttemptOutcome): Promise<boolean> {
    const { id, claim, note } = claimed;
    const attempts = withAttempt(claimed.attempts, attempt);
    return this.database.transaction((sql) => {
      const next = retryIn === undefined ? null : this.database.now() + inMicroseconds(retryIn);
      const recorded = sql.run(statements.RECORD({ id, claim, status, attempts, next })) > 0;
      if (recorded) sql.run(statements.REMOVE_ORPHAN({ id }));
      else if (attempt) sql.run(statements.RECORD_LATE({ id, note, attempt: JSON.stringify(attempt) }));
      return recorded;
    });
  }

  async release({ id, claim, attempts }: ClaimedDelivery): Promise<void> {
    const values = { id, claim, attempts: withAttempt(attempts) };
    await this.database.transaction((sql) =>
      sql.run(statements.RELEASE({ ...values, now: this.database.now() })),
    );
  }

  async list(
    scope: SessionScope,
    sessionId: string,
    { limit, after = 0 }: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<DeliveryPage | undefined> {
    const list = statements.LIST({ ...this.scoped(scope, sessionId), after, limit });
    const rows = await this.database.read((sql) => sql.all<DeliveryRow>(list), manager);
    return toDeliveryPage(rows);
  }

  async redeliver(
    scope: SessionScope,
    sessionId: string,
    { id, allowPrivateAddresses }: { id: string; allowPrivateAddresses: boolean },
    manager?: EntityManager,
  ): Promise<RedeliverOutcome> {
    return this.database.transaction((sql) => {
      const session = this.scoped(scope, sessionId);
      const redeliver = statements.REDELIVER({ ...session, delivery: id, allowPrivateAddresses });
      const due = sql.get<{ turn_id: string }>(redeliver);
      if (due) return { outcome: 'due', turnId: due.turn_id };
      const found = sql.get(statements.SESSION(session));
      return { outcome: found ? 'delivery_not_found' : 'session_not_found' };
    }, manager);
  }

  private scoped(scope: SessionScope, id: string) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl, now: this.database.now() };
  }
}
