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
import type { SqliteDatabase } from './sqlite-database.js';

/** The {@link DeliveryStore} on SQLite. */
export class SqliteDeliveryStore implements DeliveryStore {
  private readonly module: string;
  private readonly ttl: number | null;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
  }

  async dueOf(turnId: string): Promise<DueDelivery[]> {
    const parameters = { turnId, module: this.module, now: this.database.now() };
    const rows = await this.database.read((sql) => sql.all<DueRow>(statements.DUE_OF_TURN, parameters));
    return rows.map(toDueDelivery);
  }

  async due(selection: DueSelection): Promise<DuePage> {
    const { limit, after, since } = selection;
    const now = this.database.now();
    const parameters = {
      module: this.module,
      now,
      since: since === undefined ? 0 : now - inMicroseconds(since),
      limit,
      ahead: inMicroseconds(selection.ahead),
      afterAt: after?.nextAttemptAt ?? 0,
      afterId: after?.id ?? '',
      origins: JSON.stringify(selection.exceptOrigins),
      sessions: JSON.stringify(selection.exceptSessions),
      small: selection.small,
      maxBytes: selection.maxBytes,
      largeTo: JSON.stringify(selection.exceptLargeTo),
    };
    const rows = await this.database.read((sql) => sql.all<DueRow>(statements.DUE, parameters));
    return toDuePage(rows, limit);
  }

  async claim(
    id: string,
    { time, retryDelays }: { time: number; retryDelays: readonly number[] },
  ): Promise<ClaimedDelivery | undefined> {
    const note = attemptNote();
    const row = await this.database.transaction((sql) =>
      sql.get<ClaimedDeliveryRow>(statements.CLAIM, {
        id,
        module: this.module,
        now: this.database.now(),
        time: inMicroseconds(time),
        mostTries: retryDelays.length + 1,
        pauses: JSON.stringify(retryDelays.map(inMicroseconds)),
        note,
      }),
    );
    return row && toClaimedDelivery(row, note);
  }

  async history(
    { id, claim, sessionId }: ClaimedDelivery,
    after: number,
  ): Promise<ShownMessages | undefined> {
    const parameters = { id, claim, sessionId, after, limit: BATCH_MESSAGES, bytes: BATCH_BYTES };
    const rows = await this.database.read((sql) => sql.all<ShownMessageRow>(statements.HISTORY, parameters));
    return toShownMessages(rows, after);
  }

  async keptHistory({ id, claim }: ClaimedDelivery): Promise<ChatMessage[] | undefined> {
    const row = await this.database.read((sql) =>
      sql.get<{ messages: string | null }>(statements.KEPT_HISTORY, { id, claim }),
    );
    return row?.messages ? fromMessageTuples(row.messages) : undefined;
  }

  async record(claimed: ClaimedDelivery, { status, attempt, retryIn }: AttemptOutcome): Promise<boolean> {
    const { id, claim, note } = claimed;
    return this.database.transaction((sql) => {
      const recorded = sql.run(statements.RECORD, {
        id,
        claim,
        status,
        attempts: withAttempt(claimed.attempts, attempt),
        next: retryIn === undefined ? null : this.database.now() + inMicroseconds(retryIn),
      });
      if (recorded > 0) sql.run(statements.REMOVE_ORPHAN, { id });
      else if (attempt) sql.run(statements.RECORD_LATE, { id, note, attempt: JSON.stringify(attempt) });
      return recorded > 0;
    });
  }

  async release({ id, claim, attempts }: ClaimedDelivery): Promise<void> {
    await this.database.transaction((sql) =>
      sql.run(statements.RELEASE, { id, claim, attempts: withAttempt(attempts), now: this.database.now() }),
    );
  }

  async list(
    scope: SessionScope,
    sessionId: string,
    { limit, after = 0 }: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<DeliveryPage | undefined> {
    const parameters = { ...this.scoped(scope, sessionId), after, limit: limit + 1 };
    const rows = await this.database.read(
      (sql) => sql.all<DeliveryRow>(statements.LIST, parameters),
      manager,
    );
    return toDeliveryPage(rows, limit);
  }

  async redeliver(
    scope: SessionScope,
    sessionId: string,
    { id, allowPrivateAddresses }: { id: string; allowPrivateAddresses: boolean },
    manager?: EntityManager,
  ): Promise<RedeliverOutcome> {
    return this.database.transaction((sql) => {
      const session = this.scoped(scope, sessionId);
      if (!sql.get(statements.FIND_SESSION, session)) return { outcome: 'session_not_found' };
      const due = sql.get<{ turn_id: string }>(statements.REDELIVER, {
        id,
        sessionId,
        now: session.now,
        private: allowPrivateAddresses ? 1 : 0,
      });
      return due ? { outcome: 'due', turnId: due.turn_id } : { outcome: 'delivery_not_found' };
    }, manager);
  }

  private scoped(scope: SessionScope, id: string) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl, now: this.database.now() };
  }
}
