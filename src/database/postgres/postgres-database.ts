import type { DataSource, EntityManager } from 'typeorm';
import type { Pool } from 'pg';

import { hasOpenTransaction, isInTransaction } from '../callers-transaction.js';
import { LOCK_TIMEOUT } from '../database.options.js';
import { translatePostgresError } from './postgres-errors.js';

/** A statement that each connection prepares once, under its name. */
export interface Statement {
  name: string;
  text: string;
}

/** Runs one statement, in whatever transaction belongs to it. */
export type Run = <Row>(statement: Statement, values: unknown[]) => Promise<Row[]>;

/**
 * The host's PostgreSQL connections. Statements go to the driver's pool by name, since planning them anew costs
 * more than running them; with the caller's EntityManager they go into the caller's transaction.
 */
export class PostgresDatabase {
  constructor(private readonly dataSource: DataSource) {}

  async run<Row>(statement: Statement, values: unknown[], manager?: EntityManager): Promise<Row[]> {
    return this.runner(manager)<Row>(statement, values);
  }

  /** Several statements as one: in the caller's transaction where there is one. */
  async transaction<T>(work: (run: Run) => Promise<T>, manager?: EntityManager): Promise<T> {
    if (isInTransaction(this.dataSource, manager)) return work(this.runner(manager));
    try {
      return await this.dataSource.transaction((own) => work(this.runner(own)));
    } catch (error) {
      throw translatePostgresError(error);
    }
  }

  private runner(manager?: EntityManager): Run {
    return async <Row>({ name, text }: Statement, values: unknown[]) => {
      const isCallers = isInTransaction(this.dataSource, manager);
      try {
        if (isCallers) return await manager.query<Row[]>(text, values);
        return (await this.pool.query({ name: `agent_sessions_${name}`, text, values })).rows as Row[];
      } catch (error) {
        throw translatePostgresError(error);
      }
    };
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}

/** The `lock_timeout` of a statement: ours, or null for the caller's own in the caller's transaction. */
export function lockTimeout(manager: EntityManager | undefined): string | null {
  return hasOpenTransaction(manager) ? null : String(LOCK_TIMEOUT);
}
