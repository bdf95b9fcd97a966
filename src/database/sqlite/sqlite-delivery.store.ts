import type { Delivery } from '../../webhooks/delivery.js';
import type {
  AttemptOutcome,
  ClaimedDelivery,
  DeliveryStore,
  DueDelivery,
} from '../../webhooks/delivery.store.js';
import { inMicroseconds } from '../columns.js';
import type { StoreSettings } from '../database.options.js';
import {
  type ClaimedDeliveryRow,
  type DeliveryRow,
  toClaimedDelivery,
  toDelivery,
  withAttempt,
} from '../delivery-row.js';
import type { SqliteDatabase } from './sqlite-database.js';

const IS_DUE = `module = @module AND status = 'pending' AND next_attempt_at <= @now`;

/** The {@link DeliveryStore} on SQLite. */
export class SqliteDeliveryStore implements DeliveryStore {
  private readonly module: string;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
  }

  async dueOf(turnId: string): Promise<DueDelivery[]> {
    return this.database.transaction((sql) =>
      sql.all<DueDelivery>(
        `SELECT id, origin FROM agent_webhook_delivery WHERE turn_id = @turnId AND ${IS_DUE}`,
        { turnId, module: this.module, now: this.database.now() },
      ),
    );
  }

  async due(limit: number, exceptOrigins: string[]): Promise<DueDelivery[]> {
    return this.database.transaction((sql) =>
      sql.all<DueDelivery>(
        `SELECT id, origin FROM agent_webhook_delivery
         WHERE ${IS_DUE} AND origin NOT IN (SELECT value FROM json_each(@origins))
         ORDER BY next_attempt_at LIMIT @limit`,
        {
          module: this.module,
          now: this.database.now(),
          origins: JSON.stringify(exceptOrigins),
          limit,
        },
      ),
    );
  }

  async claim(id: string, time: number): Promise<ClaimedDelivery | undefined> {
    return this.database.transaction((sql) => {
      const now = this.database.now();
      const row = sql.get<ClaimedDeliveryRow>(
        `UPDATE agent_webhook_delivery
         SET claim = claim + 1, tries = tries + 1, next_attempt_at = @until
         WHERE id = @id AND ${IS_DUE}
         RETURNING *,
           (SELECT s.owner FROM agent_session s WHERE s.id = agent_webhook_delivery.session_id) AS owner,
           (SELECT t.traceparent FROM agent_turn t WHERE t.id = agent_webhook_delivery.turn_id) AS traceparent`,
        { id, module: this.module, now, until: now + inMicroseconds(time) },
      );
      return row && toClaimedDelivery(row);
    });
  }

  async record({ id, claim, attempts }: ClaimedDelivery, outcome: AttemptOutcome): Promise<boolean> {
    const { status, retryIn } = outcome;
    return this.database.transaction((sql) => {
      const recorded = sql.run(
        `UPDATE agent_webhook_delivery SET status = @status, attempts = @attempts, next_attempt_at = @next
         WHERE id = @id AND claim = @claim`,
        {
          id,
          claim,
          status,
          attempts: withAttempt(attempts, outcome.attempt),
          next: retryIn === undefined ? null : this.database.now() + inMicroseconds(retryIn),
        },
      );
      // A delivery that comes to its end after its session has expired goes as well.
      sql.run(
        `DELETE FROM agent_webhook_delivery AS d
         WHERE d.id = @id AND d.status <> 'pending'
           AND NOT EXISTS (SELECT 1 FROM agent_turn t WHERE t.id = d.turn_id)`,
        { id },
      );
      return recorded > 0;
    });
  }

  async release({ id, claim }: ClaimedDelivery): Promise<void> {
    await this.database.transaction((sql) =>
      sql.run(
        `UPDATE agent_webhook_delivery SET tries = tries - 1, next_attempt_at = @now
         WHERE id = @id AND claim = @claim AND status = 'pending'`,
        { id, claim, now: this.database.now() },
      ),
    );
  }

  async list(sessionId: string): Promise<Delivery[]> {
    const rows = await this.database.transaction((sql) =>
      sql.all<DeliveryRow>(
        `SELECT d.id, d.turn_id, d.url, d.status, d.next_attempt_at, d.attempts
         FROM agent_webhook_delivery d JOIN agent_turn t ON t.id = d.turn_id
         WHERE t.session_id = @sessionId ORDER BY d.created_at, d.id`,
        { sessionId },
      ),
    );
    return rows.map(toDelivery);
  }

  async redeliver(
    sessionId: string,
    id: string,
    allowPrivateAddresses: boolean,
  ): Promise<string | undefined> {
    return this.database.transaction(
      (sql) =>
        sql.get<{ turn_id: string }>(
          `UPDATE agent_webhook_delivery
           SET status = 'pending', tries = 0, next_attempt_at = @now, allow_private_addresses = @private
           WHERE id = @id AND turn_id IN (SELECT id FROM agent_turn WHERE session_id = @sessionId)
           RETURNING turn_id`,
          { sessionId, id, now: this.database.now(), private: allowPrivateAddresses ? 1 : 0 },
        )?.turn_id,
    );
  }
}
