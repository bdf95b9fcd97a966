import type { DataSource, EntityManager } from 'typeorm';

/**
 * Whether an EntityManager was handed in that has a transaction of the caller's. Throws where it is not one of
 * this data source: what it writes would be in another transaction, or in another database.
 */
export function isInTransaction(
  dataSource: DataSource,
  manager: EntityManager | undefined,
): manager is EntityManager {
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

/** The same of a manager that is known to be one of the data source. */
export function hasOpenTransaction(manager: EntityManager | undefined): boolean {
  return manager?.queryRunner?.isTransactionActive ?? false;
}

/** A data source as messages call it: by the name under which @nestjs/typeorm knows it. */
export function nameOf({ options }: DataSource): string {
  return 'name' in options && typeof options.name === 'string' ? `"${options.name}"` : '"default"';
}
