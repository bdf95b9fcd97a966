import { Logger } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';

import { withDeadline } from '../timing/timers.js';
import { nameOf } from '../transactions/callers-transaction.js';
import { readDriverError } from '../exceptions/driver-error.js';
import { entities } from './entities/index.js';
import { keepsPreparedStatements } from './stores.js';

/** Time limit for the database's response. */
const CHECK_TIMEOUT_MS = 5_000;

/** SQLSTATEs for a missing table and a missing column. */
const MISSING = ['42P01', '42703'];

/** Checks at start, before the first request, that the host's data source has the entities and tables of the module. */
export class SchemaCheck {
  private readonly logger = new Logger(SchemaCheck.name);

  constructor(private readonly dataSource: DataSource) {}

  /** Throws an Error with instructions if entities or tables are missing, or if prepared statements get lost. */
  async check(): Promise<void> {
    // A host that connects later by itself has no connection to check yet.
    if (!this.dataSource.isInitialized) return;
    const name = nameOf(this.dataSource);
    if (!entities.every((entity) => this.dataSource.hasMetadata(entity))) {
      throw new Error(
        `SessionsModule: the data source ${name} does not know the module's entities: ` +
          'set `autoLoadEntities: true`, or add the exported `entities` to its own',
      );
    }
    try {
      await withDeadline(this.dataSource.query(this.statement), CHECK_TIMEOUT_MS);
    } catch (error) {
      const { code, message } = readDriverError(error) ?? { code: '', message: String(error) };
      if (MISSING.includes(code) || /no such (table|column)/.test(message)) {
        throw new Error(
          `SessionsModule: the tables in the data source ${name} are missing or not up to date: ` +
            `run the exported \`migrations\` before the application starts${this.hint} (${message})`,
          { cause: error },
        );
      }
      // A short database outage must not keep a host from starting.
      this.logger.warn(`The tables could not be checked: ${message}`);
      return;
    }
    if (!(await keepsPreparedStatements(this.dataSource))) {
      throw new Error(
        `SessionsModule: the data source ${name} is behind a connection pooler that loses prepared statements. ` +
          'With PgBouncer (1.21 or later) set `max_prepared_statements` to 100, say, or use `pool_mode = session`',
      );
    }
  }

  /** A further possible reason if TypeORM's table names differ from the migrations'. */
  private get hint(): string {
    const { entityPrefix } = this.dataSource.options;
    const schema = 'schema' in this.dataSource.options && this.dataSource.options.schema !== undefined;
    if (entityPrefix) return '; an `entityPrefix` is not supported';
    return schema ? '; a `schema` has to be first in the `search_path` as well' : '';
  }

  /** Names every column and reads no row. */
  private get statement(): string {
    const tables = entities.flatMap((entity) => this.tablesOf(this.dataSource.getMetadata(entity)));
    return `SELECT 1 FROM ${tables.map((table, index) => `(${table}) probe_${index}`).join(', ')}`;
  }

  private tablesOf({ columns, givenTableName, tableName, tablePath }: EntityMetadata): string[] {
    const { driver } = this.dataSource;
    const names = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
    // The statements use the given table names, TypeORM also adds the data source's schema and prefix.
    const paths = new Set([givenTableName ?? tableName, tablePath]);
    return [...paths].map((path) => {
      const table = path.split('.').map((part) => driver.escape(part));
      return `SELECT ${names} FROM ${table.join('.')} WHERE 1 = 0`;
    });
  }
}
