import type { DataSource } from 'typeorm';

import type { EventStore } from '../events/event.store.js';
import type { SessionStore } from '../sessions/session.store.js';
import type { RecordingStore } from '../turns/recording.store.js';
import type { TurnStore } from '../turns/turn.store.js';
import type { DeliveryStore } from '../webhooks/delivery.store.js';
import type { StoreSettings } from './database.options.js';
import { poolerKeepsPreparedStatements } from './postgres/pooler-check.js';
import { PostgresDatabase } from './postgres/postgres-database.js';
import { PostgresDeliveryStore } from './postgres/postgres-delivery.store.js';
import { PostgresRecordingStore } from './postgres/postgres-recording.store.js';
import { PostgresEventStore } from './postgres/postgres-event.store.js';
import { PostgresSessionStore } from './postgres/postgres-session.store.js';
import { PostgresTurnStore } from './postgres/postgres-turn.store.js';
import { SoleProcess } from './sqlite/sole-process.js';
import { SqliteDatabase } from './sqlite/sqlite-database.js';
import { SqliteDeliveryStore } from './sqlite/sqlite-delivery.store.js';
import { SqliteRecordingStore } from './sqlite/sqlite-recording.store.js';
import { SqliteEventStore } from './sqlite/sqlite-event.store.js';
import { SqliteSessionStore } from './sqlite/sqlite-session.store.js';
import { SqliteTurnStore } from './sqlite/sqlite-turn.store.js';

/** Injection token of the {@link Stores}. */
export const STORES = Symbol.for('nestjs-agent-sessions:stores');

/** The stores of one module on one data source. */
export interface Stores {
  sessions: SessionStore;
  turns: TurnStore;
  recordings: RecordingStore;
  deliveries: DeliveryStore;
  events: EventStore;
  /** For the start of an application: a database that only one process may use is checked for others. */
  begin: () => void;
  /** For the beginning of the end: another process may now use the database. */
  leave: () => void;
  /**
   * For the end of an application: lets the data source close even if its database does not respond. In limited time.
   */
  release: () => Promise<void>;
}

/** Whether the connections of a data source keep their prepared statements. */
export async function keepsPreparedStatements(dataSource: DataSource): Promise<boolean> {
  return dataSource.options.type !== 'postgres' || poolerKeepsPreparedStatements(dataSource);
}

/** Creates the stores for the data source's dialect; throws for an unsupported one. */
export function createStores(dataSource: DataSource, settings: StoreSettings): Stores {
  const { type } = dataSource.options;
  if (type === 'postgres') {
    const database = new PostgresDatabase(dataSource);
    return {
      sessions: new PostgresSessionStore(database, settings),
      turns: new PostgresTurnStore(database, settings),
      recordings: new PostgresRecordingStore(database, settings),
      deliveries: new PostgresDeliveryStore(database, settings),
      events: new PostgresEventStore(database, settings),
      begin: () => undefined,
      leave: () => undefined,
      release: () => database.release(),
    };
  }
  if (type === 'better-sqlite3') {
    const database = new SqliteDatabase(dataSource);
    const process = new SoleProcess(dataSource);
    return {
      sessions: new SqliteSessionStore(database, settings),
      turns: new SqliteTurnStore(database, settings),
      recordings: new SqliteRecordingStore(database, settings),
      deliveries: new SqliteDeliveryStore(database, settings),
      events: new SqliteEventStore(database, settings),
      begin: () => {
        process.begin();
      },
      leave: () => {
        process.end();
      },
      release: () => Promise.resolve(),
    };
  }
  throw new Error(`SessionsModule needs a data source of type postgres or better-sqlite3, not ${type}`);
}
