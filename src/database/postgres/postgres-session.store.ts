import type { EntityManager } from 'typeorm';

import type { Session, SessionStatus } from '../../sessions/session.js';
import type {
  CreateOutcome,
  HistoryBatch,
  NewSession,
  RemovedSession,
  SessionCursor,
  SessionPage,
  SessionScope,
  SessionStore,
} from '../../sessions/session.store.js';
import { inMicroseconds } from '../columns.js';
import { BATCH_BYTES, SHOWN_HISTORY_BYTES, type StoreSettings } from '../database.options.js';
import { messageColumns } from '../message-columns.js';
import {
  type HistoryRow,
  type RemovedSessionRow,
  type SessionRow,
  type SessionSummaryRow,
  toHistoryBatch,
  toRemovedSession,
  toSession,
  toSessionPage,
} from '../session-row.js';
import { keepShownHistory } from './leave-delivery.js';
import { once } from './postgres-idempotency.js';
import { lockTimeout, type PostgresDatabase, type Run } from './postgres-database.js';
import { alive, LOCK_LIMIT, NOW, NOW_ONCE, scoped } from './sql-fragments.js';

const CREATE = {
  name: 'create_session',
  text: `
    WITH ${LOCK_LIMIT}, created AS (
      INSERT INTO agent_session
        (id, module, owner, status, metadata, message_count, history_bytes, history_version, turn_count, created_at,
          settled_at)
      SELECT $2::uuid, $3::text, $4::text, 'idle', $5::text, cardinality($6::text[]), $11::bigint, 0, 0, moment.now,
        moment.now
      FROM lock_limit, (SELECT ${NOW} AS now) moment
      WHERE $9::int IS NULL
        OR (SELECT count(*) FROM agent_session s WHERE s.module = $3::text AND ${alive('s', '$10')}) < $9::int
      ON CONFLICT (id) DO NOTHING
      RETURNING id
    ), preloaded AS (
      INSERT INTO agent_message (session_id, position, role, content, details)
      SELECT created.id, m.ordinality - 1, m.role, m.content, m.details
      FROM created, unnest($6::text[], $7::text[], $8::text[]) WITH ORDINALITY m (role, content, details)
    )
    SELECT EXISTS (SELECT FROM created) AS created,
      EXISTS (SELECT FROM agent_session s WHERE s.id = $2::uuid) AS exists`,
};

/** Creators of one module's sessions queue up here, so that `maxSessions` is exact. */
const LOCK_MODULE = {
  name: 'lock_module',
  text: `SELECT set_config('lock_timeout', coalesce($1::text, current_setting('lock_timeout')), true),
    pg_advisory_xact_lock(hashtextextended('agent_session:' || $2::text, 0))`,
};

/** Deliveries of the sessions that the statement has removed; what is pending outlives an expired one. */
function dropDeliveries(which = ''): string {
  return `DELETE FROM agent_webhook_delivery d USING agent_turn t, removed
    WHERE t.session_id = removed.id AND d.turn_id = t.id ${which}`;
}

const FINISHED = `AND d.status <> 'pending'`;

const REMOVE_EXPIRED_ONE = {
  name: 'remove_expired_session',
  text: `WITH removed AS (
      DELETE FROM agent_session s WHERE s.id = $1::uuid AND s.module = $2::text AND NOT ${alive('s', '$3')} RETURNING s.id, s.owner
    ), ${keepShownHistory('removed', '$4')}, dropped AS (${dropDeliveries(FINISHED)})
    SELECT id, owner FROM removed`,
};

const FIND = {
  name: 'find_session',
  text: `SELECT id, status, response, error, metadata FROM agent_session s
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}`,
};

/**
 * The session's row, once for each message of the batch, or alone where the batch is empty. $1 session, $2 module,
 * $3 owner, $4 ttl, $5 first position, $6 limit, $7 bytes at which the batch ends
 */
const HISTORY = {
  name: 'session_history',
  text: `
    SELECT s.history_version, s.message_count, m.* FROM agent_session s LEFT JOIN LATERAL (
      SELECT position, role, content, details FROM (
        SELECT page.*, sum(coalesce(octet_length(content), 0) + coalesce(octet_length(details), 0))
          OVER (ORDER BY position) AS bytes
        FROM (
          SELECT * FROM agent_message WHERE session_id = s.id AND position >= $5::int ORDER BY position LIMIT $6::int
        ) page
      ) sized
      WHERE position = $5::int OR bytes <= $7::bigint
    ) m ON true
    WHERE ${scoped('s', { id: '$1', module: '$2', owner: '$3', ttl: '$4' })}
    ORDER BY m.position`,
};

const REMOVE = {
  name: 'remove_session',
  text: `WITH ${LOCK_LIMIT}, removed AS (
      DELETE FROM agent_session s USING lock_limit
      WHERE ${scoped('s', { id: '$2', module: '$3', owner: '$4', ttl: '$5' })}
      RETURNING s.id, s.owner
    ), dropped AS (${dropDeliveries()})
    SELECT id, owner FROM removed`,
};

const STILL_RUNNING = {
  name: 'still_running_sessions',
  text: `SELECT id FROM agent_session WHERE id = ANY($1::uuid[]) AND status = 'running'`,
};

const COUNT = {
  name: 'count_sessions',
  text: `SELECT count(*) AS total FROM agent_session s WHERE s.module = $1::text AND ${alive('s', '$2')}`,
};

const REMOVE_EXPIRED = {
  name: 'remove_expired_sessions',
  text: `WITH expired AS (
      SELECT id FROM agent_session
      WHERE module = $1::text AND settled_at <= ${NOW_ONCE} - $2::bigint AND status IN ('idle', 'error')
      ORDER BY settled_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ), ${keepShownHistory('expired', '$4')}, removed AS (
      DELETE FROM agent_session s USING expired WHERE s.id = expired.id RETURNING s.id, s.owner
    ), dropped AS (${dropDeliveries(FINISHED)})
    SELECT id, owner FROM removed`,
};

/** The {@link SessionStore} on PostgreSQL. */
export class PostgresSessionStore implements SessionStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly maxSessions: number | null;
  private readonly maxHistory: number;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
    this.maxSessions = settings.maxSessions ?? null;
    this.maxHistory = settings.maxHistory;
  }

  async create(session: NewSession, manager?: EntityManager): Promise<CreateOutcome> {
    const outcome = await this.tryCreate(session, manager);
    if (outcome.outcome !== 'exists' || this.ttl === null) return outcome;
    const values = [session.id, this.module, this.ttl, SHOWN_HISTORY_BYTES];
    const [expired] = await this.database.run<RemovedSessionRow>(REMOVE_EXPIRED_ONE, values, manager);
    if (!expired) return outcome;
    const again = await this.tryCreate(session, manager);
    return { ...again, expired: toRemovedSession(expired) };
  }

  async find(scope: SessionScope, id: string, manager?: EntityManager): Promise<Session | undefined> {
    const values = [id, this.module, scope.owner ?? null, this.ttl];
    const [row] = await this.database.run<SessionRow>(FIND, values, manager);
    return row && toSession(row);
  }

  async history(
    scope: SessionScope,
    id: string,
    { after, limit }: { after: number; limit: number },
    manager?: EntityManager,
  ): Promise<HistoryBatch | undefined> {
    const values = [id, this.module, scope.owner ?? null, this.ttl, after, limit, BATCH_BYTES];
    return toHistoryBatch(await this.database.run<HistoryRow>(HISTORY, values, manager));
  }

  async list(
    scope: SessionScope,
    page: { limit: number; after?: SessionCursor; status?: SessionStatus },
  ): Promise<SessionPage> {
    const values: unknown[] = [this.module, this.ttl, page.limit + 1];
    const given = (value: unknown) => `$${values.push(value)}`;
    const conditions = ['s.module = $1::text', alive('s', '$2')];
    if (scope.owner !== undefined) conditions.push(`s.owner = ${given(scope.owner)}`);
    if (page.status) conditions.push(`s.status = ${given(page.status)}`);
    if (page.after) {
      conditions.push(`(s.created_at, s.id) < (${given(page.after.createdAt)}, ${given(page.after.id)})`);
    }
    const shape = [scope.owner === undefined ? '' : 'owner', page.status && 'status', page.after && 'after'];
    const statement = {
      name: `list_sessions_${shape.filter(Boolean).join('_')}`,
      text: `SELECT s.id, s.status, s.message_count, s.created_at FROM agent_session s
        WHERE ${conditions.join(' AND ')} ORDER BY s.created_at DESC, s.id DESC LIMIT $3`,
    };
    return toSessionPage(await this.database.run<SessionSummaryRow>(statement, values), page.limit);
  }

  async remove(
    scope: SessionScope,
    id: string,
    manager?: EntityManager,
  ): Promise<RemovedSession | undefined> {
    const values = [lockTimeout(manager), id, this.module, scope.owner ?? null, this.ttl];
    const [removed] = await this.database.run<RemovedSessionRow>(REMOVE, values, manager);
    return removed && toRemovedSession(removed);
  }

  async stillRunning(ids: string[]): Promise<string[]> {
    return (await this.database.run<{ id: string }>(STILL_RUNNING, [ids])).map(({ id }) => id);
  }

  async count(): Promise<number> {
    const [row] = await this.database.run<{ total: string }>(COUNT, [this.module, this.ttl]);
    return Number(row?.total ?? 0);
  }

  async removeExpired(limit: number): Promise<RemovedSession[]> {
    if (this.ttl === null) return [];
    const values = [this.module, this.ttl, limit, SHOWN_HISTORY_BYTES];
    return (await this.database.run<RemovedSessionRow>(REMOVE_EXPIRED, values)).map(toRemovedSession);
  }

  private async tryCreate(session: NewSession, manager?: EntityManager): Promise<CreateOutcome> {
    const timeout = lockTimeout(manager);
    const { bytes, roles, contents, details } = messageColumns(session.state);
    if (bytes > this.maxHistory) return { outcome: 'history_too_large' };
    const metadata = session.metadata === undefined ? null : JSON.stringify(session.metadata);
    const values = [
      timeout,
      session.id,
      this.module,
      session.owner ?? null,
      metadata,
      roles,
      contents,
      details,
      this.maxSessions,
      this.ttl,
      bytes,
    ];
    const insert = async (run: Run): Promise<CreateOutcome> => {
      if (this.maxSessions !== null) await run(LOCK_MODULE, [timeout, this.module]);
      const [row] = await run<{ created: boolean; exists: boolean }>(CREATE, values);
      if (row?.created) return { outcome: 'created' };
      return { outcome: row?.exists || this.maxSessions === null ? 'exists' : 'limit_reached' };
    };
    if (session.request) {
      const request = { request: session.request, sessionId: session.id, ttl: this.ttl };
      return once(this.database, request, insert, ({ outcome }) => outcome === 'created', manager);
    }
    if (this.maxSessions !== null) return this.database.transaction(insert, manager);
    return insert((...call) => this.database.run(...call, manager));
  }
}
