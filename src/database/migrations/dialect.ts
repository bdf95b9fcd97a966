import type { QueryRunner } from 'typeorm';

/** Whether a migration runs on PostgreSQL; else it is SQLite. */
export function isPostgres(queryRunner: QueryRunner): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- TypeORM 0.3 knows no other name for it
  return queryRunner.connection.options.type === 'postgres';
}
