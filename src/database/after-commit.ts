import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';

import { isInTransaction } from './callers-transaction.js';

/**
 * Puts off what must not happen before a caller's transaction commits. TypeORM tells its subscribers of that. A
 * commit that it does not know of, by a query of the caller's own, say, is left to the sweeper.
 */
@Injectable()
export class AfterCommit implements BeforeApplicationShutdown {
  private readonly effects = new WeakMap<QueryRunner, (() => void)[]>();
  private readonly subscriber: EntitySubscriberInterface = {
    afterTransactionCommit: ({ queryRunner }) => {
      // A savepoint's release is told as a commit, too.
      if (queryRunner.isTransactionActive) return;
      for (const effect of this.take(queryRunner)) effect();
    },
    afterTransactionRollback: ({ queryRunner }) => {
      if (!queryRunner.isTransactionActive) this.take(queryRunner);
    },
  };

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Causes an effect at once, or where the manager has a transaction open, when that has committed. The effect
   * must not throw, and must do no harm where a savepoint was rolled back to and nothing has happened after all.
   */
  run(manager: EntityManager | undefined, effect: () => void): void {
    if (!isInTransaction(this.dataSource, manager) || !manager.queryRunner) {
      effect();
      return;
    }
    const { subscribers } = this.dataSource;
    // Not once for all: a data source that is initialised again has a new list.
    if (!subscribers.includes(this.subscriber)) subscribers.push(this.subscriber);
    this.effects.set(manager.queryRunner, [...(this.effects.get(manager.queryRunner) ?? []), effect]);
  }

  beforeApplicationShutdown(): void {
    const { subscribers } = this.dataSource;
    const index = subscribers.indexOf(this.subscriber);
    if (index >= 0) subscribers.splice(index, 1);
  }

  private take(queryRunner: QueryRunner): (() => void)[] {
    const effects = this.effects.get(queryRunner) ?? [];
    this.effects.delete(queryRunner);
    return effects;
  }
}
