import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Whether the given EntityManager has an open transaction of the caller's. Throws if the manager is not one of this
 * data source, because its writes would go to another transaction or database.
 */
export function isInTransaction(
  dataSource: DataSource,
  manager: EntityManager | undefined,
): manager is EntityManager & { queryRunner: QueryRunner } {
  if (manager === undefined) return false;
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- TypeORM 0.3 knows no other name for it
  const { connection } = manager;
  if (connection !== dataSource) {
    throw new Error(
      `SessionsModule: the given \`manager\` belongs to another data source (${nameOf(connection)}) than the ` +
        `one that Nest injects for the sessions (${nameOf(dataSource)}); one transaction cannot hold both`,
    );
  }
  return hasOpenTransaction(manager);
}

/** The same for a manager that is known to belong to the data source. */
export function hasOpenTransaction(manager: EntityManager | undefined): boolean {
  return manager?.queryRunner?.isTransactionActive ?? false;
}

/** The name of a data source in messages: that under which @nestjs/typeorm registers it. */
export function nameOf({ options }: DataSource): string {
  return 'name' in options && typeof options.name === 'string' ? `"${options.name}"` : '"default"';
}
