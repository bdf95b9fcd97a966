import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';

import { entities, migrations } from '../../src/index.js';
import { startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { postgresBull, sqliteInProcess, type StackDatabase, startApp } from '../support/stacks.js';
import { agentFile, ECHO, run } from './command.js';
import { runInProcess } from './in-process.js';

const CASES = [
  {
    dialect: 'postgres',
    stack: postgresBull,
    apply: async ({ options }: StackDatabase, script: string) => {
      const client = new pg.Client({ connectionString: (options as { url: string }).url });
      await client.connect();
      await client.query(script);
      await client.end();
    },
    /** Tables with their columns, indexes and constraints as the catalogue describes them. */
    optionsOf: ({ options }: StackDatabase) => ['--database', (options as { url: string }).url],
    schema: `
      SELECT concat_ws(' ', table_name, column_name, ordinal_position, data_type, character_maximum_length,
        is_nullable, column_default) AS thing
      FROM information_schema.columns WHERE table_schema = 'public'
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
  },
  {
    dialect: 'sqlite',
    stack: sqliteInProcess,
    apply: ({ options }: StackDatabase, script: string) => {
      const database = new Database((options as { database: string }).database);
      database.exec(script);
      database.close();
      return Promise.resolve();
    },
    optionsOf: () => [],
    schema: `SELECT sql AS thing FROM sqlite_master WHERE sql IS NOT NULL`,
  },
];

describe.each(CASES)(
  'agent-sessions migrations --dialect $dialect',
  ({ dialect, stack, apply, optionsOf, schema }) => {
    let folder: TemporaryFolder;
    let script: string;
    let byHand: StackDatabase;
    let byTypeOrm: StackDatabase;

    beforeAll(async () => {
      folder = await temporaryFolder();
      const { code, stdout, stderr } = await run(['migrations', '--dialect', dialect], folder.path);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      script = stdout;
      [byHand, byTypeOrm] = await Promise.all([stack.createDatabase(), stack.createDatabase()]);
      await apply(byHand, script);
    });
    afterAll(async () => {
      await Promise.all([byHand.remove(), byTypeOrm.remove(), folder.remove()]);
    });

    async function open<T>(
      { options }: StackDatabase,
      work: (dataSource: DataSource) => Promise<T>,
    ): Promise<T> {
      const dataSource = await new DataSource({ ...options, entities, migrations }).initialize();
      try {
        return await work(dataSource);
      } finally {
        await dataSource.destroy();
      }
    }

    const schemaOf = async (dataSource: DataSource) =>
      (await dataSource.query<{ thing: string }[]>(schema))
        .map(({ thing }) => thing.replace(/\s+/g, ' '))
        .filter((thing) => thing.includes('agent_'))
        .sort();

    it('prints every migration, in order', () => {
      const names = [...script.matchAll(/^-- (\w+\d{13})$/gm)].map(([, name]) => name);
      expect(names).toEqual(migrations.map(({ name }) => name));
    });

    it('creates exactly the schema that running the migrations creates', async () => {
      const expected = await open(byTypeOrm, async (dataSource) => {
        await dataSource.runMigrations();
        return schemaOf(dataSource);
      });
      expect(expected.length).toBeGreaterThan(10);
      expect(await open(byHand, schemaOf)).toEqual(expected);
    });

    it('creates tables on which a host starts without running migrations', async () => {
      const app = await startApp(
        { ...stack, adapter: 'express' },
        {
          agent: new ScriptedAgent(),
          database: byHand,
          typeorm: { migrations: [], migrationsRun: false },
        },
      );
      try {
        const id = await app.client.newSession();
        expect(await app.client.ask(id, 'hello')).toMatchObject({ response: { content: 'You said: hello' } });
      } finally {
        await app.close();
      }
    });

    it('creates tables on which "start --no-migrations" starts, which "start" suggests', async () => {
      const database = join(folder.path, 'agent-sessions.sqlite');
      if (dialect === 'sqlite')
        await apply({ ...byHand, options: { type: 'better-sqlite3', database } }, script);
      const args = [await agentFile(folder.path, ECHO), ...optionsOf(byHand)];
      const failed = await run(['start', ...args, '--port', '0'], folder.path);
      expect(failed).toMatchObject({ code: 1, stdout: '' });
      expect(failed.stderr).toMatch(
        /^agent-sessions: [^\n]*already exists[^\n]*start with --no-migrations\n$/,
      );
      const server = await startServer([...args, '--no-migrations'], { cwd: folder.path });
      try {
        const client = new SessionsClient(server.url);
        expect(await client.ask(await client.newSession(), 'hi')).toMatchObject({ status: 'idle' });
      } finally {
        expect(await server.stop()).toBe(0);
      }
    });

    it('contains, in comments, the rows by which TypeORM records them', async () => {
      const rows = script.match(/(?<=^-- )(CREATE TABLE|INSERT) .*;$/gm) ?? [];
      expect(rows).toHaveLength(migrations.length + 1);
      await apply(byHand, rows.join('\n'));
      expect(await open(byHand, (dataSource) => dataSource.runMigrations())).toEqual([]);
      expect(await open(byHand, (dataSource) => dataSource.showMigrations())).toBe(false);
    });
  },
);

describe('agent-sessions migrations', () => {
  it('requires a supported dialect', async () => {
    const none = await runInProcess(['migrations'], '.');
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toBe("agent-sessions: required option '--dialect <dialect>' not specified\n");
    const other = await runInProcess(['migrations', '--dialect', 'mysql'], '.');
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain('Allowed choices are postgres, sqlite.');
  });

  it('describes its output in the help', async () => {
    const { code, stdout } = await runInProcess(['migrations', '--help'], '.');
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      '--dialect <dialect> the database (choices: "postgres", "sqlite")',
    );
  });
});
