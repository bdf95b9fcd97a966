import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

import { findableEntries, type Metadata } from '../../sessions/metadata.js';
import type { OwnedSession } from '../../sessions/session.js';
import type { HistoryBatch } from '../../messages/history.store.js';
import type {
  CreateOutcome,
  NewSession,
  RemovedSession,
  SessionListQuery,
  SessionPage,
  SessionStore,
} from '../../sessions/session.store.js';
import type { SessionScope } from '../../owners/session-scope.js';
import { REMOVED_MODULES } from '../sql/conditions.js';
import { removeEachAlone } from '../remove-each-alone.js';
import { BATCH_BYTES, type StoreSettings, ttlOf } from '../database.options.js';
import { parseMetadata, toIso } from '../columns.js';
import { sizeOf, toMessageRow } from '../message-columns.js';
import { type RemovedSessionRow, type SessionRow, toRemovedSession, toSession } from '../session-row.js';
import { type HistoryRow, toHistoryBatch } from '../history-row.js';
import { listSessions } from '../session-list.js';
import { findRequest, recordRequest } from './sqlite-idempotency.js';
import { addMessages } from './history.js';
import { hideRows, RemovedSessions } from './removed-sessions.js';
import { changeCount, hasRoom, recount } from './session-count.js';
import * as statements from './session-statements.js';
import type { SqliteDatabase } from './sqlite-database.js';
import type { Query, SqliteStatements } from './sqlite-statements.js';

/** The statements of a removal. */
interface Removal<V> {
  hide: (values: V) => Query;
  deliveries: ((values: V) => Query)[];
  sessions: (values: V) => Query;
}

/** The {@link SessionStore} on SQLite. */
export class SqliteSessionStore implements SessionStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly maxSessions: number | undefined;
  private readonly maxHistory: number;
  private readonly removed: RemovedSessions;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = ttlOf(settings);
    this.maxSessions = settings.maxSessions;
    this.maxHistory = settings.maxHistory;
    this.removed = new RemovedSessions(database);
  }

  async create(session: NewSession, manager?: EntityManager): Promise<CreateOutcome> {
    const created = await this.tryCreate(session, manager);
    if (created.outcome !== 'remains') return created;
    while (await this.removed.removeBatch(session.id, manager)) await nextTurnOfLoop();
    const again = await this.tryCreate(session, manager);
    const { expired = created.expired } = again;
    return again.outcome === 'remains' ? { outcome: 'exists', expired } : { ...again, expired };
  }

  /** `remains` if rows of a removed session with this id are left. */
  private tryCreate(
    session: NewSession,
    manager?: EntityManager,
  ): Promise<CreateOutcome | (Pick<CreateOutcome, 'expired'> & { outcome: 'remains' })> {
    return this.database.transaction((sql) => {
      const { module, ttl } = this;
      const { id, owner = null, request } = session;
      const now = this.database.now();
      const repeated = findRequest(sql, request, { ttl, now });
      if (repeated) return repeated;
      const messages = session.state.map(toMessageRow);
      const bytes = sizeOf(messages);
      if (bytes > this.maxHistory) return { outcome: 'history_too_large' };
      const [expired] = remove(sql, statements.REMOVE_EXPIRED_ONE, { id, module, ttl, now });
      const existing = sql.get<{ module: string }>(statements.EXISTS({ id }));
      if (existing) return { outcome: isRemoved(existing) ? 'remains' : 'exists', expired };
      if (this.maxSessions !== undefined && !hasRoom(sql, { module, ttl, now }, this.maxSessions)) {
        return { outcome: 'limit_reached', expired };
      }
      const metadata = session.metadata === undefined ? null : JSON.stringify(session.metadata);
      sql.run(statements.INSERT({ id, module, owner, metadata, messages: messages.length, bytes, now }));
      addMessages(sql, id, messages, { ids: messages.map(() => randomUUID()), now });
      insertEntries(sql, id, session.metadata);
      changeCount(sql, module, 'created', 1);
      recordRequest(sql, request, id, now);
      return { outcome: 'created', createdAt: toIso(now), expired };
    }, manager);
  }

  async find(scope: SessionScope, id: string, manager?: EntityManager): Promise<OwnedSession | undefined> {
    const find = statements.FIND(this.scoped(scope, id));
    const row = await this.database.read((sql) => sql.get<SessionRow>(find), manager);
    return row && toSession(row);
  }

  async history(
    scope: SessionScope,
    id: string,
    page: { after: number; limit: number; ids?: boolean },
    manager?: EntityManager,
  ): Promise<HistoryBatch | undefined> {
    const { after, limit, ids } = page;
    const read = (ids ? statements.HISTORY_WITH_IDS : statements.HISTORY)({
      ...this.scoped(scope, id),
      after,
      limit,
      bytes: BATCH_BYTES,
    });
    return toHistoryBatch(id, await this.database.read((sql) => sql.all<HistoryRow>(read), manager));
  }

  async list(
    scope: SessionScope,
    page: SessionListQuery & { limit: number },
    manager?: EntityManager,
  ): Promise<SessionPage> {
    const base = { module: this.module, ttl: this.ttl, bytes: BATCH_BYTES };
    return listSessions(page, scope.owner, ({ limit, ...query }) => {
      const list = statements.LIST({ ...base, limit, now: this.database.now() }, query);
      return this.database.read((sql) => sql.all(list), manager);
    });
  }

  async update(
    scope: SessionScope,
    id: string,
    change: (metadata: Metadata | undefined) => Metadata | undefined,
    manager?: EntityManager,
  ): Promise<OwnedSession | undefined> {
    return this.database.transaction((sql) => {
      const scoped = this.scoped(scope, id);
      const before = sql.get<SessionRow>(statements.FIND(scoped));
      if (!before) return undefined;
      const metadata = change(parseMetadata(before.metadata));
      const json = metadata === undefined ? null : JSON.stringify(metadata);
      const row = sql.get<SessionRow>(statements.UPDATE_METADATA({ ...scoped, metadata: json }));
      sql.run(statements.FORGET_ENTRIES({ id }));
      insertEntries(sql, id, metadata);
      return row && toSession(row);
    }, manager);
  }

  async remove(
    scope: SessionScope,
    id: string,
    manager?: EntityManager,
  ): Promise<RemovedSession | undefined> {
    const [removed] = await this.database.transaction(
      (sql) => remove(sql, statements.REMOVE, this.scoped(scope, id)),
      manager,
    );
    return removed;
  }

  async removeRemains(): Promise<boolean> {
    return this.removed.removeBatch();
  }

  async stillRunning(ids: string[]): Promise<{ id: string; turnId: string }[]> {
    const running = statements.STILL_RUNNING({ ids });
    const rows = await this.database.read((sql) => sql.all<{ id: string; turn_id: string }>(running));
    return rows.map(({ id, turn_id: turnId }) => ({ id, turnId }));
  }

  async count(): Promise<number> {
    const count = statements.COUNT({ module: this.module, ttl: this.ttl, now: this.database.now() });
    return (await this.database.read((sql) => sql.get<{ total: number }>(count)))?.total ?? 0;
  }

  async recount(): Promise<boolean> {
    return this.database.transaction((sql) => recount(sql, this.module, this.database.now()));
  }

  async removeExpired(
    limit: number,
    except: string[] = [],
    onError?: (sessionId: string, error: unknown) => void,
  ): Promise<RemovedSession[]> {
    const { module, ttl } = this;
    if (ttl === null) return [];
    const now = this.database.now();
    const selection = { module, ttl, limit, now, except };
    return removeEachAlone({
      all: () =>
        this.database.transaction((sql) => {
          // Selected once: behind those that are hidden, each statement would find others, which may be long.
          const expired = sql.all<{ id: string }>(statements.EXPIRED(selection));
          return remove(sql, statements.REMOVE_EXPIRED, { module, ids: expired.map(({ id }) => id) });
        }),
      ids: () => this.database.read((sql) => sql.all<{ id: string }>(statements.EXPIRED(selection))),
      one: (id) =>
        this.database.transaction((sql) =>
          remove(sql, statements.REMOVE_EXPIRED_ONE, { id, module, ttl, now }),
        ),
      onError,
    });
  }

  private scoped(scope: SessionScope, id: string) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl, now: this.database.now() };
  }
}

/** Inserts the entries by which a session with this metadata is found. */
function insertEntries(sql: SqliteStatements, id: string, metadata: Metadata | undefined): void {
  for (const entry of findableEntries(metadata)) sql.run(statements.INSERT_ENTRY({ id, ...entry }));
}

function isRemoved({ module }: { module: string }): boolean {
  return Object.values<string>(REMOVED_MODULES).includes(module);
}

/** Removes sessions and their deliveries, or only some of the deliveries. Long sessions are hidden first. */
function remove<V extends { module: string }>(
  sql: SqliteStatements,
  { hide, deliveries, sessions }: Removal<V>,
  values: V,
): RemovedSession[] {
  const hidden = sql.all<RemovedSessionRow>(hide(values));
  for (const { id } of hidden) hideRows(sql, id);
  for (const statement of deliveries) sql.run(statement(values));
  const removed = [...hidden, ...sql.all<RemovedSessionRow>(sessions(values))].map(toRemovedSession);
  changeCount(sql, values.module, 'removed', removed.length);
  return removed;
}
