import type { EntityManager } from 'typeorm';

/** On whose behalf an operation is done, and in which transaction. */
export interface SessionCallOptions {
  /** Only this owner's sessions exist for the call; by default all owners' do. */
  owner?: string | undefined;
  /** Makes the operation part of the caller's own TypeORM transaction, on the module's data source. */
  manager?: EntityManager | undefined;
}
