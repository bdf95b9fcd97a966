import type { QueryRunner } from 'typeorm';

import { migrations } from '../../database/migrations/index.js';

/** The dialects of the migrations, as named on the command line. */
export const DIALECTS = ['postgres', 'sqlite'] as const;

export type Dialect = (typeof DIALECTS)[number];

/** TypeORM's driver names, and the DDL of its migrations table. */
const TYPEORM: Record<Dialect, { type: string; table: string }> = {
  postgres: {
    type: 'postgres',
    table: `"id" SERIAL PRIMARY KEY, "timestamp" bigint NOT NULL, "name" varchar NOT NULL`,
  },
  sqlite: {
    type: 'better-sqlite3',
    table: `"id" integer PRIMARY KEY AUTOINCREMENT, "timestamp" bigint NOT NULL, "name" varchar NOT NULL`,
  },
};

/** All migrations as one SQL script, oldest first. */
export async function migrationScript(dialect: Dialect): Promise<string> {
  const sections = [header(dialect)];
  for (const Migration of migrations) {
    const migration = new Migration();
    const statements: string[] = [];
    await migration.up(recorder(dialect, statements));
    sections.push(
      [`-- ${migration.name}`, ...statements.map((text) => `${dedented(text)};`), rowOf(migration.name)].join(
        '\n\n',
      ),
    );
  }
  return `${sections.join('\n\n')}\n`;
}

function header(dialect: Dialect): string {
  return `-- The tables of nestjs-agent-sessions for ${dialect === 'postgres' ? 'PostgreSQL' : 'SQLite'}, one section a migration, oldest first. Run it in one
-- transaction; to upgrade, run the sections that are new.
--
-- Where TypeORM is to run later migrations by itself, it must know of these: run the commented statements, too.
-- Its table is called "migrations" unless the data source has a migrationsTableName, and "agent_migration" with
-- agent-sessions start.
-- CREATE TABLE IF NOT EXISTS "migrations" (${TYPEORM[dialect].table});`;
}

/** The row by which TypeORM records that a migration has run. */
function rowOf(name: string): string {
  return `-- INSERT INTO "migrations" ("timestamp", "name") VALUES (${name.slice(-13)}, '${name}');`;
}

/** A QueryRunner that records the statements of a migration instead of executing them. */
function recorder(dialect: Dialect, statements: string[]): QueryRunner {
  const fake = {
    connection: { options: { type: TYPEORM[dialect].type } },
    query: (text: string, parameters?: unknown[]) => {
      if (parameters?.length) throw new Error(`A migration's statement with parameters: ${text}`);
      statements.push(text);
      return Promise.resolve([]);
    },
  };
  return fake as unknown as QueryRunner;
}

/** Removes the indentation of the source code. */
function dedented(text: string): string {
  const lines = text.split('\n');
  const indents = lines.slice(1).map((line) => line.search(/\S|$/));
  const common = Math.min(...indents);
  return lines.map((line, index) => (index === 0 ? line : `  ${line.slice(common)}`)).join('\n');
}
