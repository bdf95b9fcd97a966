import type { QueryRunner } from 'typeorm';

/** Whether a migration runs on PostgreSQL; otherwise on SQLite. */
export function isPostgres(queryRunner: QueryRunner): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- TypeORM 0.3 knows no other name for it
  return queryRunner.connection.options.type === 'postgres';
}

/**
 * Throws if TypeORM's schema is not the one in which tables are created: they would be in the wrong schema, and
 * TypeORM would consider them created.
 */
export async function checkSchema(queryRunner: QueryRunner): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- TypeORM 0.3 knows no other name for it
  const { options } = queryRunner.connection;
  if (!('schema' in options) || typeof options.schema !== 'string') return;
  const [row] = (await queryRunner.query('SELECT current_schema() AS current')) as {
    current: string | null;
  }[];
  if (row?.current === options.schema) return;
  throw new Error(
    `nestjs-agent-sessions: the data source has the schema "${options.schema}", but its connections make tables in ` +
      `"${row?.current ?? 'no schema'}": put the schema first in the search path as well, with ` +
      `\`extra: { options: '-c search_path=${options.schema}' }\``,
  );
}
