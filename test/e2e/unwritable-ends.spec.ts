import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Database } from 'better-sqlite3';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';

import { ISOLATED } from '../../src/agents/isolation/isolatable.js';
import { inProcess } from '../../src/agents/protocol/agent-run.js';
import { createTestDatabase } from '../support/database.js';
import {
  postgresBull,
  type StackDatabase,
  startApp,
  stacks,
  type TestApp,
  useApp,
} from '../support/stacks.js';
import { until } from '../support/until.js';

const [onPostgres] = stacks.filter(({ queue }) => queue === 'bull') as [(typeof stacks)[number]];
const [onSqlite] = stacks.filter(({ queue }) => queue === 'in-process') as [(typeof stacks)[number]];

/** An agent that counts its calls and returns what the message says. */
class CountingAgent {
  calls = 0;

  runTurn({ message }: { message: { content: string | null } }): string {
    this.calls++;
    if (message.content?.startsWith('fail ')) throw new Error(message.content);
    return message.content ?? '';
  }
}

/** Waits for the end of the last turn of a session. */
async function endOf({ client }: TestApp, id: string) {
  const session = await client.settled(id);
  const turn = (await client.turns(id)).body.at(-1) as unknown as { code: string | null; attempt: number };
  return { session, turn };
}

/** Makes PostgreSQL raise an error at the end of turns: the first `times` times, or always. */
async function raiseAtEnd(
  dataSource: DataSource,
  { state, when, times }: { state: string; when: string; times?: number },
): Promise<void> {
  await dataSource.query(`
    CREATE SEQUENCE fault;
    CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF ${times === undefined} OR nextval('fault') <= ${times ?? 0} THEN
        RAISE EXCEPTION 'secret contents: %', NEW.id USING ERRCODE = '${state}';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER fault BEFORE UPDATE ON agent_turn FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION fault();`);
}

async function raiseNoMore(dataSource: DataSource): Promise<void> {
  await dataSource.query('DROP FUNCTION IF EXISTS fault CASCADE; DROP SEQUENCE IF EXISTS fault');
}

describe('the end of a turn that PostgreSQL refuses at first', () => {
  const agent = new CountingAgent();
  const app = useApp(onPostgres, { agent, lease: 3_000 });
  let id: string;
  beforeEach(async () => {
    await raiseNoMore(app.dataSource);
    agent.calls = 0;
    id = await app.client.newSession();
  });

  it.each(['57014', '53100', '53300', '28P01', '57P05', '3D000', '26000', '40001', '25P03', '55P03'])(
    'is written later after SQLSTATE %s, and the agent runs once',
    async (state) => {
      await raiseAtEnd(app.dataSource, { state, when: `NEW.status = 'completed'`, times: 3 });
      await app.client.send(id, 'answer');
      const { session, turn } = await endOf(app, id);
      expect(session).toMatchObject({ status: 'idle', response: { content: 'answer' } });
      expect([turn.attempt, agent.calls]).toEqual([1, 1]);
      expect((await app.client.messages(id)).body).toHaveLength(2);
    },
  );

  it.each(['23514', 'P0001', '22001'])(
    'fails the turn after SQLSTATE %s, with the reason but without contents, and the agent runs once',
    async (state) => {
      await raiseAtEnd(app.dataSource, { state, when: `NEW.status = 'completed'` });
      await app.client.send(id, 'answer');
      const { session, turn } = await endOf(app, id);
      expect(session).toMatchObject({
        status: 'error',
        error: `The agent's answer could not be stored: the database refused it (${state})`,
      });
      expect([turn.code, turn.attempt, agent.calls]).toEqual(['output_rejected', 1, 1]);
      expect((await app.client.messages(id)).body).toEqual([]);
    },
  );

  it('names the constraint of the host that refused it', async () => {
    await app.dataSource.query(
      `ALTER TABLE agent_message ADD CONSTRAINT no_shouting CHECK (content <> 'LOUD') NOT VALID`,
    );
    await app.client.send(id, 'LOUD');
    const { session, turn } = await endOf(app, id);
    expect(session.error).toContain('(23514, constraint no_shouting)');
    expect([turn.code, agent.calls]).toEqual(['output_rejected', 1]);
    await app.dataSource.query('ALTER TABLE agent_message DROP CONSTRAINT no_shouting');
  });

  it('runs the agent at most maxAttempts times if not even the failure can be stored', async () => {
    await raiseAtEnd(app.dataSource, { state: 'P0001', when: `NEW.status IN ('completed', 'failed')` });
    await app.client.send(id, 'answer');
    await until(() => agent.calls === 3, { what: 'the last run', timeoutMs: 25_000 });
    // Longer than a lease and the following sweeps.
    await sleep(6_000);
    expect(agent.calls).toBe(3);
    // Other sessions are not delayed.
    const neighbour = await app.client.newSession();
    await raiseNoMore(app.dataSource);
    expect(await app.client.ask(neighbour, 'hello')).toMatchObject({ response: { content: 'hello' } });
  }, 45_000);

  it('ends a turn that cannot be claimed, without a call of the agent', async () => {
    await raiseAtEnd(app.dataSource, { state: '23514', when: `NEW.status = 'running'` });
    await app.client.send(id, 'answer');
    const { session, turn } = await endOf(app, id);
    expect(session.error).toBe('The turn could not be started, 3 times: the database refused it (23514)');
    expect([turn.code, agent.calls]).toEqual(['worker_lost', 0]);
  });
});

describe('the end of a turn while a statement waits longer than the host’s statement_timeout', () => {
  const agent = new CountingAgent();
  let database: StackDatabase;
  let app: TestApp;
  beforeAll(async () => {
    const created = await postgresBull.createDatabase();
    database = { ...created, options: { ...created.options, extra: { statement_timeout: 500 } } };
    app = await startApp(onPostgres, { agent, database });
  });
  afterAll(async () => {
    await app.close();
    await database.remove();
  });

  it('is written when the table is unlocked, and the agent runs once', async () => {
    const id = await app.client.newSession();
    const runner = app.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('LOCK TABLE agent_message IN ACCESS EXCLUSIVE MODE');
    const locked = performance.now();
    // The claim reads the history, which is locked as well; the turn is claimed before.
    await app.client.send(id, 'answer');
    await sleep(2_500);
    await runner.commitTransaction();
    await runner.release();
    const { session, turn } = await endOf(app, id);
    expect(performance.now() - locked).toBeGreaterThan(2_000);
    expect(session).toMatchObject({ status: 'idle', response: { content: 'answer' } });
    expect([turn.attempt, agent.calls]).toEqual([1, 1]);
  });

  it('is written when a lock that was taken during the run is released', async () => {
    const id = await app.client.newSession();
    agent.calls = 0;
    const runner = app.dataSource.createQueryRunner();
    const original = agent.runTurn.bind(agent);
    agent.runTurn = ((turn: Parameters<typeof original>[0]) => {
      return (async () => {
        await runner.startTransaction();
        await runner.query('LOCK TABLE agent_message IN ACCESS EXCLUSIVE MODE');
        setTimeout(() => void runner.commitTransaction().then(() => runner.release()), 2_500);
        return original(turn);
      })();
    }) as never;
    const began = performance.now();
    await app.client.send(id, 'answer');
    const { session, turn } = await endOf(app, id);
    expect(performance.now() - began).toBeGreaterThan(2_000);
    expect(session).toMatchObject({ status: 'idle', response: { content: 'answer' } });
    expect([turn.attempt, agent.calls]).toEqual([1, 1]);
  });
});

describe('a result with characters that the database’s encoding lacks', () => {
  const agent = new CountingAgent();
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let admin: DataSource;
  let app: TestApp;
  beforeAll(async () => {
    database = await createTestDatabase();
    admin = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    await admin.query(
      `CREATE DATABASE ${latinName(database.url)} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    const url = new URL(database.url);
    url.pathname = `/${latinName(database.url)}`;
    const options = { type: 'postgres' as const, url: url.href };
    app = await startApp(onPostgres, { agent, database: { options, remove: () => Promise.resolve() } });
  });
  afterAll(async () => {
    await app.close();
    await admin.query(`DROP DATABASE ${latinName(database.url)} WITH (FORCE)`);
    await admin.destroy();
    await database.drop();
  });

  it('fails the turn as output_rejected, and the agent runs once', async () => {
    const id = await app.client.newSession();
    agent.runTurn = () => {
      agent.calls++;
      return 'a \u{1F600}';
    };
    await app.client.send(id, 'smile');
    const { session, turn } = await endOf(app, id);
    expect(session.error).toBe("The agent's answer could not be stored: the database refused it (22P05)");
    expect([turn.code, turn.attempt, agent.calls]).toEqual(['output_rejected', 1, 1]);
  });

  it('fails the turn if they are in the agent’s error', async () => {
    const id = await app.client.newSession();
    agent.calls = 0;
    agent.runTurn = () => {
      agent.calls++;
      throw new Error('no \u{1F600}');
    };
    await app.client.send(id, 'smile');
    const { session, turn } = await endOf(app, id);
    expect(session.error).toBe(
      'The turn failed, and its error could not be stored: the database refused it (22P05)',
    );
    expect([turn.code, turn.attempt, agent.calls]).toEqual(['agent_error', 1, 1]);
  });
});

function latinName(url: string): string {
  return `${new URL(url).pathname.slice(1)}_latin`;
}

describe('the end of a turn that SQLite refuses', () => {
  const agent = new CountingAgent();
  const app = useApp(onSqlite, { agent });
  const connection = () =>
    (app.dataSource.driver as unknown as { databaseConnection: Database }).databaseConnection;
  let id: string;
  beforeEach(async () => {
    agent.calls = 0;
    id = await app.client.newSession();
  });

  it('fails the turn if a trigger of the host refuses it, and the agent runs once', async () => {
    connection().exec(`CREATE TRIGGER no_more BEFORE INSERT ON agent_message
      BEGIN SELECT RAISE(ABORT, 'secret contents'); END`);
    await app.client.send(id, 'answer');
    const { session, turn } = await endOf(app, id);
    connection().exec('DROP TRIGGER no_more');
    expect(session.error).toBe(
      "The agent's answer could not be stored: the database refused it (SQLITE_CONSTRAINT_TRIGGER)",
    );
    expect([turn.code, turn.attempt, agent.calls]).toEqual(['output_rejected', 1, 1]);
  });

  it('is written when a full disk has space again, and the agent runs once', async () => {
    const large = 'x'.repeat(300_000);
    agent.runTurn = () => {
      agent.calls++;
      connection().pragma(`max_page_count = ${String(connection().pragma('page_count', { simple: true }))}`);
      return large;
    };
    await app.client.send(id, 'answer');
    await until(() => agent.calls === 1, { what: 'the agent' });
    await sleep(1_000);
    expect((await app.client.get(id)).body.status).toBe('running');
    connection().pragma('max_page_count = 1000000');
    const { session, turn } = await endOf(app, id);
    expect(session.response?.content).toHaveLength(300_000);
    expect([turn.attempt, agent.calls]).toEqual([1, 1]);
  });
});

describe('the end of a turn that SQLite refuses, with an agent whose last runs are isolated', () => {
  const agent = new CountingAgent();
  const isolatable = Object.assign(agent, { [ISOLATED]: inProcess(agent) });
  const app = useApp(onSqlite, { agent: isolatable, lease: 500 });

  it('runs the agent at most maxAttempts times', async () => {
    const { databaseConnection } = app.dataSource.driver as unknown as { databaseConnection: Database };
    databaseConnection.exec(`CREATE TRIGGER no_end BEFORE UPDATE ON agent_turn
      WHEN NEW.status = 'completed' OR (NEW.status = 'failed' AND NEW.code <> 'worker_lost')
      BEGIN SELECT RAISE(ABORT, 'no'); END`);
    const id = await app.client.newSession();
    await app.client.send(id, 'answer');
    const { session, turn } = await endOf(app, id);
    expect(session.status).toBe('error');
    expect([turn.code, turn.attempt, agent.calls]).toEqual(['worker_lost', 3, 3]);
  }, 30_000);
});
