import { Logger } from '@nestjs/common';
import type { DataSource, EntityMetadata } from 'typeorm';

import { withDeadline } from '../timing/timers.js';
import { nameOf } from '../transactions/callers-transaction.js';
import { readDriverError } from '../exceptions/driver-error.js';
import { entities } from './entities/index.js';
import { keepsPreparedStatements } from './stores.js';

/** How long the database may take to say what it has, in ms. */
const ANSWER_TIME = 5_000;

/** SQLSTATEs of a table and of a column that is not there. */
const MISSING = ['42P01', '42703'];

/** Whether the host's data source has what the module needs, said at the start and not by the first request. */
export class SchemaCheck {
  private readonly logger = new Logger(SchemaCheck.name);

  constructor(private readonly dataSource: DataSource) {}

  /** Throws an Error that says what to do where the entities or the tables are missing, or prepared
   * statements get lost. */
  async check(): Promise<void> {
    // A host that connects later by itself has nothing to show yet.
    if (!this.dataSource.isInitialized) return;
    const name = nameOf(this.dataSource);
    if (!entities.every((entity) => this.dataSource.hasMetadata(entity))) {
      throw new Error(
        `SessionsModule: the data source ${name} does not know the module's entities: ` +
          'set `autoLoadEntities: true`, or add the exported `entities` to its own',
      );
    }
    try {
      await withDeadline(this.dataSource.query(this.statement), ANSWER_TIME);
    } catch (error) {
      const { code, message } = readDriverError(error) ?? { code: '', message: String(error) };
      if (MISSING.includes(code) || /no such (table|column)/.test(message)) {
        throw new Error(
          `SessionsModule: the tables in the data source ${name} are missing or not up to date: ` +
            `run the exported \`migrations\` before the application starts${this.hint} (${message})`,
          { cause: error },
        );
      }
      // A database that is away for a moment keeps no host from starting.
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

  /** What else may be wrong where TypeORM does not call the tables as the migrations do. */
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
    // The statements name the tables as they are given, TypeORM also by the data source's schema and prefix.
    const paths = new Set([givenTableName ?? tableName, tablePath]);
    return [...paths].map((path) => {
      const table = path.split('.').map((part) => driver.escape(part));
      return `SELECT ${names} FROM ${table.join('.')} WHERE 1 = 0`;
    });
  }
}
