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
  type AppendedRow,
  bytesOf,
  type EventRow,
  type PositionRow,
  READ_BYTES,
  READ_EVENTS,
  toAppended,
  toBatch,
  toPosition,
} from '../event-row.js';
import * as statements from './event-statements.js';
import type { PostgresDatabase } from './postgres-database.js';

/** The {@link EventStore} on PostgreSQL. */
export class PostgresEventStore implements EventStore {
  private readonly module: string;
  private readonly ttl: number | null;

  constructor(
    private readonly database: PostgresDatabase,
    settings: StoreSettings,
  ) {
    this.module = settings.module;
    this.ttl = ttlOf(settings);
  }

  async append(runs: EmittedEvents[]): Promise<Appended> {
    const pieces = runs.flatMap(({ events }, index) =>
      events.map((event, number) => ({ ...event, turn: index + 1, number: number + 1 })),
    );
    const append = statements.APPEND({
      sessionIds: runs.map(({ sessionId }) => sessionId),
      turnIds: runs.map(({ turnId }) => turnId),
      attempts: runs.map(({ attempt }) => attempt),
      counts: runs.map(({ events }) => events.length),
      sizes: runs.map(bytesOf),
      turns: pieces.map(({ turn }) => turn),
      numbers: pieces.map(({ number }) => number),
      types: pieces.map(({ type }) => type),
      data: pieces.map(({ data }) => data),
    });
    return toAppended(await this.database.run<AppendedRow>(append));
  }

  async position(
    scope: SessionScope,
    sessionId: string,
    turnId?: string,
    manager?: EntityManager,
  ): Promise<LogPosition | undefined> {
    const { module, ttl } = this;
    const session = { id: sessionId, module, owner: scope.owner ?? null, ttl };
    const find = statements.POSITION({ ...session, turnId: turnId ?? null });
    const [row] = await this.database.run<PositionRow>(find, manager);
    return row && toPosition(sessionId, row);
  }

  async positions(sessions: FoundLog[]): Promise<Map<string, number>> {
    const { module, ttl } = this;
    const ids = sessions.map(({ sessionId }) => sessionId);
    type Row = Pick<PositionRow, 'created_at' | 'last'> & { id: string };
    const rows = await this.database.run<Row>(statements.POSITIONS({ ids, module, ttl }));
    const created = new Map(sessions.map((found) => [found.sessionId, found.created]));
    return new Map(
      rows.filter((row) => created.get(row.id) === String(row.created_at)).map(({ id, last }) => [id, last]),
    );
  }

  async read(places: LogPlace[]): Promise<(LogBatch | undefined)[]> {
    const { module, ttl } = this;
    const read = statements.READ({
      ids: places.map(({ sessionId }) => sessionId),
      afters: places.map(({ after }) => after),
      limit: READ_EVENTS,
      bytes: READ_BYTES,
      module,
      ttl,
    });
    type Row = (EventRow | { id: null }) & { number: string; created_at: string };
    const found = places.map((): Row[] => []);
    for (const row of await this.database.run<Row>(read)) found[Number(row.number) - 1]?.push(row);
    return places.map((place, index) => {
      const rows = found[index] ?? [];
      if (rows[0]?.created_at !== place.created) return undefined;
      return toBatch(
        place,
        rows.filter((row): row is EventRow & Row => row.id !== null),
      );
    });
  }

  async compact(retention: number, limit: number): Promise<number> {
    const compact = statements.COMPACT({ module: this.module, retention: inMicroseconds(retention), limit });
    return (await this.database.run(compact)).length;
  }
}
