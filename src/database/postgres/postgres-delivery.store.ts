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
import type { PostgresDatabase } from './postgres-database.js';
import { NOW } from './sql-fragments.js';

const DUE_OF_TURN = {
  name: 'due_deliveries_of_turn',
  text: `SELECT id, origin FROM agent_webhook_delivery
    WHERE turn_id = $1::uuid AND module = $2::text AND status = 'pending' AND next_attempt_at <= ${NOW}`,
};

const DUE = {
  name: 'due_deliveries',
  text: `SELECT id, origin FROM agent_webhook_delivery
    WHERE module = $1::text AND status = 'pending' AND next_attempt_at <= ${NOW} AND origin <> ALL ($3::text[])
    ORDER BY next_attempt_at LIMIT $2::int`,
};

const CLAIM = {
  name: 'claim_delivery',
  text: `WITH claimed AS (
      UPDATE agent_webhook_delivery
      SET claim = claim + 1, tries = tries + 1, next_attempt_at = ${NOW} + $3::bigint
      WHERE id = $1::uuid AND module = $2::text AND status = 'pending' AND next_attempt_at <= ${NOW}
      RETURNING *
    )
    SELECT claimed.*, (SELECT s.owner FROM agent_session s WHERE s.id = claimed.session_id) AS owner,
      (SELECT t.traceparent FROM agent_turn t WHERE t.id = claimed.turn_id) AS traceparent
    FROM claimed`,
};

/** A delivery that comes to its end after its session has expired goes as well. */
const RECORD = {
  name: 'record_delivery_attempt',
  text: `WITH orphan AS (
      DELETE FROM agent_webhook_delivery d
      WHERE d.id = $1::uuid AND d.claim = $2::int AND $3::text <> 'pending'
        AND NOT EXISTS (SELECT FROM agent_turn t WHERE t.id = d.turn_id)
      RETURNING d.id
    ), recorded AS (
      UPDATE agent_webhook_delivery d
      SET status = $3::text, attempts = $4::text, next_attempt_at = ${NOW} + $5::bigint
      WHERE d.id = $1::uuid AND d.claim = $2::int
        AND ($3::text = 'pending' OR EXISTS (SELECT FROM agent_turn t WHERE t.id = d.turn_id))
      RETURNING d.id
    )
    SELECT id FROM recorded UNION ALL SELECT id FROM orphan`,
};

const RELEASE = {
  name: 'release_delivery',
  text: `WITH released AS (
      UPDATE agent_webhook_delivery SET tries = tries - 1, next_attempt_at = ${NOW}
      WHERE id = $1::uuid AND claim = $2::int AND status = 'pending' RETURNING id
    )
    SELECT id FROM released`,
};

const LIST = {
  name: 'list_deliveries',
  text: `SELECT d.id, d.turn_id, d.url, d.status, d.next_attempt_at, d.attempts
    FROM agent_webhook_delivery d JOIN agent_turn t ON t.id = d.turn_id
    WHERE t.session_id = $1::uuid ORDER BY d.created_at, d.id`,
};

const REDELIVER = {
  name: 'redeliver',
  text: `WITH due AS (
      UPDATE agent_webhook_delivery d SET status = 'pending', tries = 0, next_attempt_at = ${NOW}, allow_private_addresses = $3::boolean
      FROM agent_turn t
      WHERE d.id = $2::uuid AND t.id = d.turn_id AND t.session_id = $1::uuid
      RETURNING d.turn_id
    )
    SELECT turn_id FROM due`,
};

/** The {@link DeliveryStore} on PostgreSQL. */
export class PostgresDeliveryStore implements DeliveryStore {
  private readonly module: string;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
  }

  async dueOf(turnId: string): Promise<DueDelivery[]> {
    return this.database.run<DueDelivery>(DUE_OF_TURN, [turnId, this.module]);
  }

  async due(limit: number, exceptOrigins: string[]): Promise<DueDelivery[]> {
    return this.database.run<DueDelivery>(DUE, [this.module, limit, exceptOrigins]);
  }

  async claim(id: string, time: number): Promise<ClaimedDelivery | undefined> {
    const values = [id, this.module, inMicroseconds(time)];
    const [row] = await this.database.run<ClaimedDeliveryRow>(CLAIM, values);
    return row && toClaimedDelivery(row);
  }

  async record({ id, claim, attempts }: ClaimedDelivery, outcome: AttemptOutcome): Promise<boolean> {
    const retryIn = outcome.retryIn === undefined ? null : inMicroseconds(outcome.retryIn);
    const values = [id, claim, outcome.status, withAttempt(attempts, outcome.attempt), retryIn];
    return (await this.database.run(RECORD, values)).length > 0;
  }

  async release({ id, claim }: ClaimedDelivery): Promise<void> {
    await this.database.run(RELEASE, [id, claim]);
  }

  async list(sessionId: string): Promise<Delivery[]> {
    return (await this.database.run<DeliveryRow>(LIST, [sessionId])).map(toDelivery);
  }

  async redeliver(
    sessionId: string,
    id: string,
    allowPrivateAddresses: boolean,
  ): Promise<string | undefined> {
    const values = [sessionId, id, allowPrivateAddresses];
    const [row] = await this.database.run<{ turn_id: string }>(REDELIVER, values);
    return row?.turn_id;
  }
}
