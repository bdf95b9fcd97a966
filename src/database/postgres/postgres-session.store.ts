import type { EntityManager } from 'typeorm';

import type { Session, SessionStatus } from '../../sessions/session.js';
import type { HistoryBatch } from '../../messages/history.store.js';
import type {
  CreateOutcome,
  NewSession,
  RemovedSession,
  SessionCursor,
  SessionPage,
  SessionStore,
} from '../../sessions/session.store.js';
import type { SessionScope } from '../../owners/session-scope.js';
import { inMicroseconds } from '../columns.js';
import { BATCH_BYTES, type StoreSettings } from '../database.options.js';
import { SHOWN_HISTORY_BYTES } from '../../webhooks/delivery.store.js';
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
import { once } from './postgres-idempotency.js';
import { lockTimeout, type PostgresDatabase, type Run } from './postgres-database.js';
import * as statements from './session-statements.js';
import { alive } from './sql-fragments.js';

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
    const [expired] = await this.database.run<RemovedSessionRow>(
      statements.REMOVE_EXPIRED_ONE,
      values,
      manager,
    );
    if (!expired) return outcome;
    const again = await this.tryCreate(session, manager);
    return { ...again, expired: toRemovedSession(expired) };
  }

  async find(scope: SessionScope, id: string, manager?: EntityManager): Promise<Session | undefined> {
    const values = [id, this.module, scope.owner ?? null, this.ttl];
    const [row] = await this.database.run<SessionRow>(statements.FIND, values, manager);
    return row && toSession(row);
  }

  async history(
    scope: SessionScope,
    id: string,
    { after, limit }: { after: number; limit: number },
    manager?: EntityManager,
  ): Promise<HistoryBatch | undefined> {
    const values = [id, this.module, scope.owner ?? null, this.ttl, after, limit, BATCH_BYTES];
    return toHistoryBatch(await this.database.run<HistoryRow>(statements.HISTORY, values, manager));
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
    const [removed] = await this.database.run<RemovedSessionRow>(statements.REMOVE, values, manager);
    return removed && toRemovedSession(removed);
  }

  async stillRunning(ids: string[]): Promise<string[]> {
    return (await this.database.run<{ id: string }>(statements.STILL_RUNNING, [ids])).map(({ id }) => id);
  }

  async count(): Promise<number> {
    const [row] = await this.database.run<{ total: string }>(statements.COUNT, [this.module, this.ttl]);
    return Number(row?.total ?? 0);
  }

  async removeExpired(limit: number): Promise<RemovedSession[]> {
    if (this.ttl === null) return [];
    const values = [this.module, this.ttl, limit, SHOWN_HISTORY_BYTES];
    return (await this.database.run<RemovedSessionRow>(statements.REMOVE_EXPIRED, values)).map(
      toRemovedSession,
    );
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
      if (this.maxSessions !== null) await run(statements.LOCK_MODULE, [timeout, this.module]);
      const [row] = await run<{ created: boolean; exists: boolean }>(statements.CREATE, values);
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
