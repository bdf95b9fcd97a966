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
import { TryAgainException } from '../../exceptions/index.js';
import { hasOpenTransaction } from '../../transactions/callers-transaction.js';
import { removeEachAlone } from '../remove-each-alone.js';
import { BATCH_BYTES, type StoreSettings, ttlOf } from '../database.options.js';
import { parseMetadata, toIso } from '../columns.js';
import { messageColumns } from '../message-columns.js';
import { type RemovedSessionRow, type SessionRow, toRemovedSession, toSession } from '../session-row.js';
import { type HistoryRow, toHistoryBatch } from '../history-row.js';
import { listSessions } from '../session-list.js';
import { once } from './postgres-idempotency.js';
import { lockTimeout, type PostgresDatabase, type Query, type Run } from './postgres-database.js';
import { PostgresSessionCount } from './postgres-session-count.js';
import * as statements from './session-statements.js';

/** The {@link SessionStore} on PostgreSQL. */
export class PostgresSessionStore implements SessionStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly maxSessions: number | null;
  private readonly maxHistory: number;
  private readonly counted: PostgresSessionCount;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.counted = new PostgresSessionCount(database, settings.module);
    this.module = settings.module;
    this.ttl = ttlOf(settings);
    this.maxSessions = settings.maxSessions ?? null;
    this.maxHistory = settings.maxHistory;
  }

  async create(session: NewSession, manager?: EntityManager): Promise<CreateOutcome> {
    const outcome = await this.tryCreate(session, manager);
    if (outcome.outcome !== 'exists' || this.ttl === null) return outcome;
    const { module, ttl } = this;
    const expire = statements.REMOVE_EXPIRED_ONE({
      lockTimeout: lockTimeout(manager),
      id: session.id,
      module,
      ttl,
    });
    const [expired] = await this.database.run<RemovedSessionRow>(expire, manager);
    if (!expired) return outcome;
    const again = await this.tryCreate(session, manager);
    return { ...again, expired: toRemovedSession(expired) };
  }

  async find(scope: SessionScope, id: string, manager?: EntityManager): Promise<OwnedSession | undefined> {
    const find = statements.FIND(this.scoped(scope, id));
    const [row] = await this.database.run<SessionRow>(find, manager);
    return row && toSession(row);
  }

  async history(
    scope: SessionScope,
    id: string,
    { after, limit, ids }: { after: number; limit: number; ids?: boolean },
    manager?: EntityManager,
  ): Promise<HistoryBatch | undefined> {
    const read = (ids ? statements.HISTORY_WITH_IDS : statements.HISTORY)({
      ...this.scoped(scope, id),
      after,
      limit,
      bytes: BATCH_BYTES,
    });
    return toHistoryBatch(id, await this.database.run<HistoryRow>(read, manager));
  }

  async list(
    scope: SessionScope,
    page: SessionListQuery & { limit: number },
    manager?: EntityManager,
  ): Promise<SessionPage> {
    const base = { module: this.module, ttl: this.ttl, bytes: BATCH_BYTES };
    return listSessions(page, scope.owner, ({ limit, ...query }) =>
      this.database.run(statements.LIST({ ...base, limit }, query), manager),
    );
  }

  async update(
    scope: SessionScope,
    id: string,
    change: (metadata: Metadata | undefined) => Metadata | undefined,
    manager?: EntityManager,
  ): Promise<OwnedSession | undefined> {
    const lock = statements.LOCK_SESSION({ lockTimeout: lockTimeout(manager), ...this.scoped(scope, id) });
    return this.database.transaction(async (run) => {
      const [before] = await run<{ metadata: string | null }>(lock);
      if (!before) return undefined;
      const columns = metadataColumns(change(parseMetadata(before.metadata)));
      const [row] = await run<SessionRow>(statements.UPDATE_METADATA({ id, ...columns }));
      return row && toSession(row);
    }, manager);
  }

  async remove(
    scope: SessionScope,
    id: string,
    manager?: EntityManager,
  ): Promise<RemovedSession | undefined> {
    const remove = statements.REMOVE({ lockTimeout: lockTimeout(manager), ...this.scoped(scope, id) });
    const [removed] = await this.database.run<RemovedSessionRow>(remove, manager);
    return removed && toRemovedSession(removed);
  }

  /** Nothing remains: the database removes all rows of a session at once without blocking this process. */
  async removeRemains(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async stillRunning(ids: string[]): Promise<{ id: string; turnId: string }[]> {
    const rows = await this.database.run<{ id: string; turn_id: string }>(statements.STILL_RUNNING({ ids }));
    return rows.map(({ id, turn_id: turnId }) => ({ id, turnId }));
  }

  async count(): Promise<number> {
    const { module, ttl } = this;
    const [row] = await this.database.run<{ total: string }>(statements.COUNT({ module, ttl }));
    return Number(row?.total ?? 0);
  }

  async recount(): Promise<boolean> {
    return this.counted.recount();
  }

  async removeExpired(
    limit: number,
    except: string[] = [],
    onError?: (sessionId: string, error: unknown) => void,
  ): Promise<RemovedSession[]> {
    const { module, ttl } = this;
    if (ttl === null) return [];
    const timeout = lockTimeout(undefined);
    const selection = { module, ttl, limit, except };
    const remove = async (query: Query) =>
      (await this.database.run<RemovedSessionRow>(query)).map(toRemovedSession);
    return removeEachAlone({
      all: () => remove(statements.REMOVE_EXPIRED({ lockTimeout: timeout, ...selection })),
      ids: () => this.database.run<{ id: string }>(statements.EXPIRED(selection)),
      one: (id) => remove(statements.REMOVE_EXPIRED_ONE({ lockTimeout: timeout, id, module, ttl })),
      onError,
    });
  }

  private async tryCreate(session: NewSession, manager?: EntityManager): Promise<CreateOutcome> {
    const first = await this.insert(session, manager);
    if (first.outcome === 'uncounted') await this.counted.recount();
    // In the caller's transaction the count stays locked, also for the correction.
    else if (first.outcome !== 'limit_reached' || hasOpenTransaction(manager)) return first;
    else if (!(await this.counted.recount())) return first;
    const second = await this.insert(session, manager);
    if (second.outcome === 'uncounted') throw new TryAgainException();
    return second;
  }

  private async insert(
    session: NewSession,
    manager?: EntityManager,
  ): Promise<CreateOutcome | { outcome: 'uncounted' }> {
    const { module, ttl, maxSessions } = this;
    const { id, owner = null, request } = session;
    const columns = messageColumns(session.state);
    if (columns.bytes > this.maxHistory) return { outcome: 'history_too_large' };
    const row = { id, module, owner, ...metadataColumns(session.metadata), ...columns };
    const create = statements.CREATE({ lockTimeout: lockTimeout(manager), ...row, maxSessions, ttl });
    const insert = async (run: Run): Promise<CreateOutcome | { outcome: 'uncounted' }> => {
      const [found] = await run<{ created_at: string | null; exists: boolean; counted: boolean }>(create);
      if (found && found.created_at !== null) {
        return { outcome: 'created', createdAt: toIso(found.created_at) };
      }
      if (found?.exists || maxSessions === null) return { outcome: 'exists' };
      return { outcome: found?.counted ? 'limit_reached' : 'uncounted' };
    };
    if (request) {
      const answerTo = ({ outcome }: { outcome: string }) =>
        outcome === 'created' ? request.answer : undefined;
      return once(this.database, { request, sessionId: id, ttl }, insert, answerTo, manager);
    }
    return insert((query) => this.database.run(query, manager));
  }

  private scoped(scope: SessionScope, id: string) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl };
  }
}

/** Metadata as its column, and the entries by which its session is found. */
function metadataColumns(metadata: Metadata | undefined) {
  const entries = findableEntries(metadata);
  return {
    metadata: metadata === undefined ? null : JSON.stringify(metadata),
    keys: entries.map(({ key }) => key),
    values: entries.map(({ value }) => value),
  };
}
