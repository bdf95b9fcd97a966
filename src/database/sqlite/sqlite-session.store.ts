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
import { sizeOf, toMessageRow } from '../message-columns.js';
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
import { keepShownHistory } from './kept-history.js';
import { findRequest, recordRequest } from './sqlite-idempotency.js';
import { ALIVE, INSERT_MESSAGE, SCOPED } from './sql-fragments.js';
import type { Parameters, SqliteDatabase, SqliteStatements } from './sqlite-database.js';

/** The {@link SessionStore} on SQLite. */
export class SqliteSessionStore implements SessionStore {
  private readonly module: string;
  private readonly ttl: number | null;
  private readonly maxSessions: number | undefined;
  private readonly maxHistory: number;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = settings.sessionTtl === undefined ? null : inMicroseconds(settings.sessionTtl);
    this.maxSessions = settings.maxSessions;
    this.maxHistory = settings.maxHistory;
  }

  async create(session: NewSession, manager?: EntityManager): Promise<CreateOutcome> {
    return this.database.transaction((sql): CreateOutcome => {
      const { module, ttl } = this;
      const now = this.database.now();
      const repeated = findRequest(sql, session.request, { ttl, now });
      if (repeated) return repeated;
      const messages = session.state.map(toMessageRow);
      const bytes = sizeOf(messages);
      if (bytes > this.maxHistory) return { outcome: 'history_too_large' };
      const [expired] = removeSessions(
        sql,
        `SELECT s.id FROM agent_session s WHERE s.id = @id AND s.module = @module AND NOT ${ALIVE}`,
        { id: session.id, module, ttl, now },
        FINISHED,
      );
      if (sql.get(`SELECT 1 FROM agent_session WHERE id = @id`, { id: session.id }))
        return { outcome: 'exists', expired };
      if (this.maxSessions !== undefined && countAlive(sql, { module, ttl, now }) >= this.maxSessions) {
        return { outcome: 'limit_reached', expired };
      }
      sql.run(
        `INSERT INTO agent_session
           (id, module, owner, status, metadata, message_count, history_bytes, history_version, turn_count,
             created_at, settled_at)
         VALUES (@id, @module, @owner, 'idle', @metadata, @messages, @bytes, 0, 0, @now, @now)`,
        {
          id: session.id,
          module,
          owner: session.owner ?? null,
          metadata: session.metadata === undefined ? null : JSON.stringify(session.metadata),
          messages: messages.length,
          bytes,
          now,
        },
      );
      messages.forEach((message, position) =>
        sql.run(INSERT_MESSAGE, { sessionId: session.id, position, ...message }),
      );
      recordRequest(sql, session.request, session.id, now);
      return { outcome: 'created', expired };
    }, manager);
  }

  async find(scope: SessionScope, id: string, manager?: EntityManager): Promise<Session | undefined> {
    const row = await this.database.read(
      (sql) =>
        sql.get<SessionRow>(
          `SELECT id, status, response, error, metadata FROM agent_session s WHERE ${SCOPED}`,
          this.scoped(scope, id),
        ),
      manager,
    );
    return row && toSession(row);
  }

  async history(
    scope: SessionScope,
    id: string,
    page: { after: number; limit: number },
    manager?: EntityManager,
  ): Promise<HistoryBatch | undefined> {
    const rows = await this.database.read(
      (sql) => sql.all<HistoryRow>(HISTORY, { ...this.scoped(scope, id), ...page, bytes: BATCH_BYTES }),
      manager,
    );
    return toHistoryBatch(rows);
  }

  async list(
    scope: SessionScope,
    page: { limit: number; after?: SessionCursor; status?: SessionStatus },
  ): Promise<SessionPage> {
    const rows = await this.database.read((sql) =>
      sql.all<SessionSummaryRow>(
        `SELECT s.id, s.status, s.message_count, s.created_at FROM agent_session s
         WHERE s.module = @module AND ${ALIVE} AND (@owner IS NULL OR s.owner = @owner)
           AND (@status IS NULL OR s.status = @status)
           AND (@afterCreated IS NULL OR (s.created_at, s.id) < (@afterCreated, @afterId))
         ORDER BY s.created_at DESC, s.id DESC LIMIT @limit`,
        {
          ...this.scoped(scope, ''),
          status: page.status ?? null,
          afterCreated: page.after?.createdAt ?? null,
          afterId: page.after?.id ?? null,
          limit: page.limit + 1,
        },
      ),
    );
    return toSessionPage(rows, page.limit);
  }

  async remove(
    scope: SessionScope,
    id: string,
    manager?: EntityManager,
  ): Promise<RemovedSession | undefined> {
    const which = `SELECT s.id FROM agent_session s WHERE ${SCOPED}`;
    const [removed] = await this.database.transaction(
      (sql) => removeSessions(sql, which, this.scoped(scope, id)),
      manager,
    );
    return removed;
  }

  async stillRunning(ids: string[]): Promise<string[]> {
    const rows = await this.database.read((sql) =>
      sql.all<{ id: string }>(
        `SELECT id FROM agent_session
         WHERE id IN (SELECT value FROM json_each(@ids)) AND status = 'running'`,
        { ids: JSON.stringify(ids) },
      ),
    );
    return rows.map(({ id }) => id);
  }

  async count(): Promise<number> {
    const { module, ttl } = this;
    return this.database.read((sql) => countAlive(sql, { module, ttl, now: this.database.now() }));
  }

  async removeExpired(limit: number): Promise<RemovedSession[]> {
    if (this.ttl === null) return [];
    const expired = { module: this.module, before: this.database.now() - this.ttl, limit };
    return this.database.transaction((sql) =>
      removeSessions(
        sql,
        `SELECT id FROM agent_session
         WHERE module = @module AND settled_at <= @before AND status IN ('idle', 'error')
         ORDER BY settled_at LIMIT @limit`,
        expired,
        FINISHED,
      ),
    );
  }

  private scoped(scope: SessionScope, id: string) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl, now: this.database.now() };
  }
}

const FINISHED = `AND status <> 'pending'`;

/** A session's row once for each message of the batch, or alone where the batch is empty. */
const HISTORY = `
  SELECT s.history_version, s.message_count, m.* FROM agent_session s LEFT JOIN (
    SELECT session_id, position, role, content, details FROM (
      SELECT page.*, sum(coalesce(octet_length(content), 0) + coalesce(octet_length(details), 0))
        OVER (ORDER BY position) AS bytes
      FROM (
        SELECT * FROM agent_message WHERE session_id = @id AND position >= @after ORDER BY position LIMIT @limit
      ) page
    )
    WHERE position = @after OR bytes <= @bytes
  ) m ON m.session_id = s.id
  WHERE ${SCOPED}
  ORDER BY m.position`;

/** Removes sessions and their deliveries, all or some; what is pending outlives an expired session. */
function removeSessions(
  sql: SqliteStatements,
  which: string,
  parameters: Parameters,
  deliveries = '',
): RemovedSession[] {
  if (deliveries === FINISHED) keepShownHistory(sql, which, parameters);
  sql.run(
    `DELETE FROM agent_webhook_delivery
     WHERE turn_id IN (SELECT t.id FROM agent_turn t WHERE t.session_id IN (${which})) ${deliveries}`,
    parameters,
  );
  const text = `DELETE FROM agent_session WHERE id IN (${which}) RETURNING id, owner`;
  return sql.all<RemovedSessionRow>(text, parameters).map(toRemovedSession);
}

function countAlive(
  sql: SqliteStatements,
  parameters: { module: string; ttl: number | null; now: number },
): number {
  const text = `SELECT count(*) AS total FROM agent_session s WHERE s.module = @module AND ${ALIVE}`;
  return sql.get<{ total: number }>(text, parameters)?.total ?? 0;
}
