import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';

import { ContainedLogger } from '../logging/contained-logger.js';
import { toLogText } from '../logging/log-text.js';
import { isInTransaction } from './callers-transaction.js';

type Effects = (() => void)[];

/**
 * Puts off what must not happen before a caller's transaction commits. TypeORM tells its subscribers of that. A
 * commit that it does not know of, by a query of the caller's own, say, is left to the sweeper.
 */
@Injectable()
export class AfterCommit implements BeforeApplicationShutdown {
  private readonly logger = new ContainedLogger(AfterCommit.name);
  /** What waits in an open transaction: a list for it, and one for each savepoint since then. */
  private readonly waiting = new WeakMap<QueryRunner, Effects[]>();
  private readonly subscriber: EntitySubscriberInterface = {
    // Savepoints are told of as transactions are.
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
   * Causes an effect at once, or where the manager has a transaction open, when that has committed; never where it
   * or a savepoint around the call is rolled back. An effect that throws is logged: the change is committed, and the
   * other effects of the transaction follow.
   */
  run(manager: EntityManager | undefined, effect: () => void): void {
    if (!isInTransaction(this.dataSource, manager) || !manager.queryRunner) {
      this.cause(effect);
      return;
    }
    const { subscribers } = this.dataSource;
    // Not once for all: a data source that is initialised again has a new list.
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
      this.logger.error(`What follows a commit has failed: ${toLogText(error)}`);
    }
  }

  private add(queryRunner: QueryRunner, effects: Effects): void {
    const lists = this.waiting.get(queryRunner) ?? [];
    const innermost = lists.pop() ?? [];
    this.waiting.set(queryRunner, [...lists, [...innermost, ...effects]]);
  }

  /** Ends the innermost savepoint, or the transaction; what waited for that. */
  private leave(queryRunner: QueryRunner): Effects {
    const lists = this.waiting.get(queryRunner) ?? [];
    const innermost = lists.pop() ?? [];
    if (lists.length === 0) this.waiting.delete(queryRunner);
    return innermost;
  }
}
