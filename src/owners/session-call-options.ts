import type { EntityManager } from 'typeorm';

/** The owner of an operation. */
export interface OwnerOptions {
  /**
   * Restricts the call to this owner's sessions.
   *
   * @default the sessions of all owners
   */
  owner?: string | undefined;
}

/** The owner and the transaction of an operation. */
export interface SessionCallOptions extends OwnerOptions {
  /**
   * Runs the operation in the caller's own TypeORM transaction, on the module's data source.
   *
   * @default a transaction of its own
   * @example
   * ```ts
   * await dataSource.transaction(async (manager) => {
   *   await sessions.send(sessionId, { content: 'The order was placed' }, { manager });
   * });
   * ```
   */
  manager?: EntityManager | undefined;
}
