import { setImmediate as nextTurnOfLoop } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

import type {
  Appended,
  EmittedEvents,
  EventStore,
  FoundLog,
  LogBatch,
  LogPlace,
  LogPosition,
} from '../../events/event.store.js';
import type { SessionScope } from '../../owners/session-scope.js';
import { inMicroseconds } from '../columns.js';
import { type StoreSettings, ttlOf } from '../database.options.js';
import {
  bytesOf,
  type EventRow,
  type PositionRow,
  READ_BYTES,
  READ_EVENTS,
  toBatch,
  toPosition,
} from '../event-row.js';
import * as statements from './event-statements.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** The {@link EventStore} on SQLite. */
export class SqliteEventStore implements EventStore {
  private readonly module: string;
  private readonly ttl: number | null;

  constructor(
    private readonly database: SqliteDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = ttlOf(settings);
  }

  async append(runs: EmittedEvents[]): Promise<Appended> {
    return this.database.transaction((sql) => {
      const now = this.database.now();
      const outcome: Appended = { appended: [], lost: [] };
      for (const run of runs) {
        const { turnId, sessionId, attempt, events } = run;
        const count = { turnId, attempt, count: events.length, size: bytesOf(run) };
        const turn = sql.get<{ last_event_id: number }>(statements.COUNT_EMITTED(count));
        outcome[turn ? 'appended' : 'lost'].push(turnId);
        if (!turn) continue;
        const before = turn.last_event_id - events.length;
        for (const [index, { type, data }] of events.entries()) {
          const row = { sessionId, id: before + index + 1, type, turnId, attempt, data, now };
          sql.run(statements.INSERT_EMITTED(row));
        }
      }
      return outcome;
    });
  }

  async position(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<LogPosition | undefined> {
    const session = { id: sessionId, ...this.ofModule(), owner: scope.owner ?? null };
    const find = statements.POSITION({ ...session, turnId: turnId ?? null });
    const row = await this.database.read((sql) => sql.get<PositionRow>(find), manager);
    return row && toPosition(sessionId, row);
  }

  async positions(sessions: FoundLog[]): Promise<Map<string, number>> {
    const ids = sessions.map(({ sessionId }) => sessionId);
    type Row = Pick<PositionRow, 'created_at' | 'last'> & { id: string };
    const find = statements.POSITIONS({ ids, ...this.ofModule() });
    const rows = await this.database.read((sql) => sql.all<Row>(find));
    const created = new Map(sessions.map((found) => [found.sessionId, found.created]));
    const same = rows.filter((row) => created.get(row.id) === String(row.created_at));
    return new Map(same.map(({ id, last }) => [id, last]));
  }

  async read(places: LogPlace[]): Promise<(LogBatch | undefined)[]> {
    const limits = { limit: READ_EVENTS, bytes: READ_BYTES };
    return this.database.read((sql) =>
      places.map((place) => {
        const { sessionId: id, created, after } = place;
        const find = statements.SESSION_CREATED({ id, ...this.ofModule() });
        const session = sql.get<{ created_at: number }>(find);
        if (String(session?.created_at) !== created) return undefined;
        return toBatch(place, sql.all<EventRow>(statements.READ({ id, after, ...limits })));
      }),
    );
  }

  async compact(retention: number, limit: number): Promise<number> {
    const { module } = this;
    const find = statements.STREAMED({
      module,
      retention: inMicroseconds(retention),
      limit,
      now: this.database.now(),
    });
    type Row = Record<'id' | 'session_id', string> & Record<'first_event_id' | 'last_event_id', number>;
    const turns = await this.database.read((sql) => sql.all<Row>(find));
    for (const { id: turnId, session_id: sessionId, first_event_id: first, last_event_id: last } of turns) {
      await this.database.transaction((sql) => {
        sql.run(statements.REMOVE_STREAMED({ sessionId, first, last }));
        sql.run(statements.MARK_COMPACTED({ turnId }));
      });
      // SQLite works synchronously: without this, many turns would block the event loop.
      await nextTurnOfLoop();
    }
    return turns.length;
  }

  private ofModule() {
    return { module: this.module, ttl: this.ttl, now: this.database.now() };
  }
}
