import type { EntityManager } from 'typeorm';

/** The owner and the transaction of an operation. */
export interface SessionCallOptions {
  /** Restricts the call to this owner's sessions; by default it sees all owners'. */
  owner?: string | undefined;
  /** Runs the operation in the caller's own TypeORM transaction, on the module's data source. */
  manager?: EntityManager | undefined;
}
