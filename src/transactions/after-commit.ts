import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { isInTransaction } from './callers-transaction.js';

type Effects = (() => void)[];

/**
 * Postpones effects until a caller's transaction commits, as TypeORM reports to its subscribers. After a commit that
 * TypeORM does not see (a `COMMIT` sent as a query), the sweeper finds the work.
 */
@Injectable()
export class AfterCommit implements BeforeApplicationShutdown {
  private readonly logger = new ContainedLogger(AfterCommit.name);
  /** Effects that wait for an open transaction: one list for it, and one for each open savepoint. */
  private readonly waiting = new WeakMap<QueryRunner, Effects[]>();
  private readonly subscriber: EntitySubscriberInterface = {
    // TypeORM reports savepoints like transactions.
    afterTransactionStart: ({ queryRunner }) => {
      this.waiting.get(queryRunner)?.push([]);
    },
    afterTransactionCommit: ({ queryRunner }) => {
      const effects = this.leave(queryRunner);
      if (queryRunner.isTransactionActive) this.add(queryRunner, effects);
      else for (const effect of effects) this.cause(effect);
    },
    afterTransactionRollback: ({ queryRunner }) => {
      this.leave(queryRunner);
    },
  };

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs an effect at once or, if the manager has an open transaction, after its commit; never if it or an enclosing
   * savepoint is rolled back. An effect that throws is logged and the remaining effects still run, because the change
   * is committed.
   */
  run(manager: EntityManager | undefined, effect: () => void): void {
    if (!isInTransaction(this.dataSource, manager)) {
      this.cause(effect);
      return;
    }
    const { subscribers } = this.dataSource;
    // Checked on each call, because a data source that is initialised again has a new list.
    if (!subscribers.includes(this.subscriber)) subscribers.push(this.subscriber);
    this.add(manager.queryRunner, [effect]);
  }

  beforeApplicationShutdown(): void {
    const { subscribers } = this.dataSource;
    const index = subscribers.indexOf(this.subscriber);
    if (index >= 0) subscribers.splice(index, 1);
  }

  private cause(effect: () => void): void {
    try {
      effect();
    } catch (error) {
      this.logger.error(`An action after a commit failed: ${toLogText(error)}`);
    }
  }

  private add(queryRunner: QueryRunner, effects: Effects): void {
    const lists = this.waiting.get(queryRunner) ?? [];
    const innermost = lists.pop() ?? [];
    this.waiting.set(queryRunner, [...lists, [...innermost, ...effects]]);
  }

  /** Ends the innermost savepoint or the transaction; returns its effects. */
  private leave(queryRunner: QueryRunner): Effects {
    const lists = this.waiting.get(queryRunner) ?? [];
    const innermost = lists.pop() ?? [];
    if (lists.length === 0) this.waiting.delete(queryRunner);
    return innermost;
  }
}
