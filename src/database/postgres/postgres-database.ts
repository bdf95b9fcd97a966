import type { Pool, PoolClient } from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

import { DeadlineExceeded, withDeadline } from '../../timing/timers.js';
import { hasOpenTransaction, isInTransaction } from '../../transactions/callers-transaction.js';
import { LOCK_TIMEOUT_MS, STATEMENT_DEADLINE_MS } from '../database.options.js';
import { cutConnecting, cutConnections, poolOf } from './postgres-pool.js';
import { isPlanLost, isRetryable, isSessionUsable, translatePostgresError } from './postgres-errors.js';

/** A statement with its values. Each connection prepares it once, under its name. */
export interface Query {
  name: string;
  text: string;
  values: unknown[];
}

/** Runs one statement in the current transaction. */
export type Run = <Row>(query: Query) => Promise<Row[]>;

/** The longest pause before a retry. */
const MAX_RETRY_PAUSE_MS = 100;

/** Time limit for the database's response when connections are closed. */
const CLOSE_ANSWER_MS = 1_000;

/** One attempt: its deadline, and whether statements are prepared by name. */
interface Attempt {
  until: number;
  prepared: boolean;
}

/**
 * The host's PostgreSQL connections. Statements go to the driver's pool by name, because planning them again costs
 * more than running them; with the caller's EntityManager they run in the caller's transaction. Every statement
 * passes through this class and has a deadline, the wait for a connection included. Work outside of a caller's
 * transaction is retried after a serialization failure, a deadlock or the loss of a prepared statement.
 */
export class PostgresDatabase {
  constructor(
    private readonly dataSource: DataSource,
    private readonly deadline = STATEMENT_DEADLINE_MS,
  ) {}

  async run<Row>(statement: Query, manager?: EntityManager): Promise<Row[]> {
    if (isInTransaction(this.dataSource, manager)) return this.runInCallers(manager, statement);
    return this.retrying((attempt) =>
      this.withClient(attempt, (client) => query<Row>(client, attempt, statement)),
    );
  }

  /** Whether a statement has found, and changed, the row that it names. */
  async finds(statement: Query): Promise<boolean> {
    return (await this.run(statement)).length > 0;
  }

  /** Several statements as one transaction: the caller's if there is one. `work` may be called again. */
  async transaction<T>(work: (run: Run) => Promise<T>, manager?: EntityManager): Promise<T> {
    if (isInTransaction(this.dataSource, manager)) {
      return work((statement) => this.runInCallers(manager, statement));
    }
    return this.retrying((attempt) =>
      this.withClient(attempt, async (client) => {
        // The statements are written for this level, independently of the database's default.
        await query(client, attempt, { text: 'BEGIN ISOLATION LEVEL READ COMMITTED' });
        try {
          const result = await work((statement) => query(client, attempt, statement));
          await query(client, attempt, { text: 'COMMIT' });
          return result;
        } catch (error) {
          if (isSessionUsable(error)) await query(client, attempt, { text: 'ROLLBACK' });
          throw error;
        }
      }),
    );
  }

  /**
   * Closes the connections of a database that does not respond, so that the host's `DataSource.destroy`, which would
   * wait for it without a limit, can finish. For the end of an application.
   */
  async release(): Promise<void> {
    if (!this.dataSource.isInitialized) return;
    try {
      await withDeadline(this.run({ name: 'answer', text: 'SELECT 1', values: [] }), CLOSE_ANSWER_MS);
    } catch {
      cutConnections(this.dataSource);
    }
  }

  private async runInCallers<Row>(
    { queryRunner }: { queryRunner: QueryRunner },
    { text, values }: Query,
  ): Promise<Row[]> {
    try {
      // Only a structured result contains the rows of every kind of statement in the same place.
      const { records } = await withDeadline(queryRunner.query(text, values, true), this.deadline);
      return records as Row[];
    } catch (error) {
      throw translatePostgresError(error);
    }
  }

  private async retrying<T>(work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const attempt: Attempt = { until: performance.now() + this.deadline, prepared: true };
    for (let tries = 1; ; tries++) {
      try {
        return await work(attempt);
      } catch (error) {
        const pause = Math.random() * Math.min(2 ** tries, MAX_RETRY_PAUSE_MS);
        if (!isRetryable(error) || performance.now() + pause >= attempt.until) {
          throw translatePostgresError(error);
        }
        if (isPlanLost(error)) attempt.prepared = false;
        await delay(pause);
      }
    }
  }

  private async withClient<T>(attempt: Attempt, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await connect(poolOf(this.dataSource), attempt.until);
    let failure: unknown;
    try {
      return await work(client);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      client.release(failure !== undefined && !isSessionUsable(failure));
    }
  }
}

/** A connection of the pool. One that arrives after the deadline is returned unused. */
async function connect(pool: Pool, until: number): Promise<PoolClient> {
  // The pool returns a free connection at once, so no timer is needed.
  const isFree = pool.idleCount > pool.waitingCount;
  const connecting = pool.connect();
  if (isFree) return connecting;
  try {
    return await withDeadline(connecting, Math.max(0, until - performance.now()));
  } catch (error) {
    if (error instanceof DeadlineExceeded) {
      cutConnecting(pool);
      connecting.then(
        (client) => {
          client.release();
        },
        () => undefined,
      );
    }
    throw error;
  }
}

async function query<Row>(
  client: PoolClient,
  { until, prepared }: Attempt,
  { name, text, values }: Partial<Query> & { text: string },
): Promise<Row[]> {
  const config = {
    text,
    values,
    ...(prepared && name !== undefined ? { name: `agent_sessions_${name}` } : {}),
    // After that time pg fails the statement and closes its connection.
    query_timeout: Math.max(1, until - performance.now()),
  };
  return (await client.query(config)).rows as Row[];
}

/** The `lock_timeout` of a statement: this module's, or null to keep the caller's in the caller's transaction. */
export function lockTimeout(manager: EntityManager | undefined): string | null {
  return hasOpenTransaction(manager) ? null : String(LOCK_TIMEOUT_MS);
}
