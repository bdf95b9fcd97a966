import type { EntityManager } from 'typeorm';

import type { SessionScope } from '../../owners/session-scope.js';
import type { TurnPage, TurnRecord } from '../../turns/turn.js';
import type { ClientTurn, TurnReadStore } from '../../turns/turn-read.store.js';
import { inMicroseconds } from '../columns.js';
import { BATCH_BYTES, type StoreSettings, ttlOf } from '../database.options.js';
import {
  type ClientTurnRow,
  type FoundTurnRow,
  toClientTurn,
  toFoundTurn,
  toTurnPage,
  type TurnPageRow,
} from '../turn-row.js';
import type { PostgresDatabase } from './postgres-database.js';
import * as statements from './turn-statements.js';

/** The reads of the TurnStore on PostgreSQL. */
export class PostgresTurnReads implements TurnReadStore {
  protected readonly module: string;
  private readonly ttl: number | null;

  constructor(
    protected readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = ttlOf(settings);
  }

  async queued(limit: number, olderThan: number): Promise<string[]> {
    const values = { module: this.module, olderThan: inMicroseconds(olderThan), limit };
    const rows = await this.database.run<{ id: string }>(statements.QUEUED(values));
    return rows.map(({ id }) => id);
  }

  async find(
    scope: SessionScope,
    sessionId: string,
    turnId: string,
    manager?: EntityManager,
  ): Promise<{ turn?: TurnRecord } | undefined> {
    const find = statements.FIND({ ...this.scoped(scope, sessionId), turnId });
    return toFoundTurn((await this.database.run<FoundTurnRow>(find, manager))[0]);
  }

  async list(
    scope: SessionScope,
    sessionId: string,
    { limit, after = 0 }: { limit: number; after?: number },
    manager?: EntityManager,
  ): Promise<TurnPage | undefined> {
    const page = { ...this.scoped(scope, sessionId), after, limit, bytes: BATCH_BYTES };
    return toTurnPage(await this.database.run<TurnPageRow>(statements.LIST(page), manager));
  }

  async clientTurns(
    scope: SessionScope,
    sessionId: string,
    which: { turnIds: string[] } | { messageId: string },
  ): Promise<ClientTurn[]> {
    const session = this.scoped(scope, sessionId);
    const query =
      'messageId' in which
        ? statements.ASKED_BY({ ...session, messageId: which.messageId })
        : statements.CLIENT_TURNS({ ...session, turnIds: which.turnIds });
    return (await this.database.run<ClientTurnRow>(query)).map(toClientTurn);
  }

  protected scoped(scope: SessionScope, id: string) {
    return { id, module: this.module, owner: scope.owner ?? null, ttl: this.ttl };
  }
}
