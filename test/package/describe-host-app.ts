import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Server } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { createTestDatabase } from '../support/database.js';
import { RedisServer } from '../support/redis.js';
import { type HostApp, installHostApp } from './host-app.js';

/** Time limit for npm in ms; with an empty cache it downloads several hundred packages. */
const INSTALL_TIME = 300_000;

/** Time limit for a compiler, in ms. */
const COMPILE_TIME = 120_000;

/** The environment variables of the application's database and queue, and their cleanup. */
interface Surroundings {
  env: NodeJS.ProcessEnv;
  remove: () => Promise<unknown>;
}

const surroundings = [
  {
    name: 'SQLite and a queue in the process',
    create: (): Promise<Surroundings> => Promise.resolve({ env: {}, remove: () => Promise.resolve() }),
  },
  {
    name: 'PostgreSQL and Bull',
    create: async (): Promise<Surroundings> => {
      const database = await createTestDatabase();
      const redis = await RedisServer.create();
      await redis.start();
      return {
        env: { DATABASE_URL: database.url, REDIS_URL: redis.url },
        remove: () => Promise.all([database.drop(), redis.stop()]),
      };
    },
  },
];

/** The package, from its tarball, in an application under `apps/`, from installation to shutdown. */
export function describeHostApp(name: string, tarball: () => string): void {
  let app: HostApp;
  beforeAll(async () => {
    app = await installHostApp(name, tarball());
  }, INSTALL_TIME);
  afterAll(() => app.remove());

  it(
    'compiles, and so do the package’s declarations',
    async () => {
      expect(await app.compile()).toBe('');
    },
    COMPILE_TIME,
  );

  it(
    'passes the unit test that it came with, which imports the module',
    async () => {
      await app.test();
    },
    COMPILE_TIME,
  );

  it('changes nothing in the process that imports it, in either format, and exports the same', async () => {
    const { imported, required } = await app.load();
    expect(imported.changes).toEqual([]);
    expect(required.changes).toEqual([]);
    expect(required.exports.sort()).toEqual(imported.exports.sort());
  });

  describe.each(surroundings)('compiled and started, on $name', ({ create }) => {
    let given: Surroundings;
    let server: Server;
    let client: SessionsClient;
    beforeAll(async () => {
      given = await create();
      server = await app.start(given.env);
      client = new SessionsClient(`${server.url}/api`);
    });
    afterAll(async () => {
      await server.kill();
      await given.remove();
    });

    it('answers messages with what the agent was injected', async () => {
      const created = await client.create({ metadata: { customer: 7 } });
      const id = created.body.session_id;
      expect(created).toMatchObject({ status: 201, body: { status: 'idle', metadata: { customer: 7 } } });
      expect(created.headers.get('location')).toBe(`/api/sessions/${id}`);

      const sent = await client.send(id, 'hello');
      expect(sent).toMatchObject({ status: 202, body: { session_id: id, status: 'running' } });
      expect(sent.headers.get('location')).toBe(`/api/sessions/${id}`);
      const answer = { role: 'assistant', content: 'Hello World! hello, 0 messages before' };
      expect(await client.settled(id)).toMatchObject({ status: 'idle', response: answer });

      expect((await client.ask(id, 'again')).response?.content).toBe('Hello World! again, 2 messages before');
      const { body: messages } = await client.messages(id);
      expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
      expect(messages.slice(0, 2)).toEqual([{ role: 'user', content: 'hello' }, answer]);
      const { body: turns } = await client.turns(id);
      expect(turns).toMatchObject([
        { number: 1, status: 'completed', turn_id: sent.body.turn_id },
        { number: 2, status: 'completed' },
      ]);

      expect((await client.delete(id)).status).toBe(204);
      expect(await client.get(id)).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    });

    it('refuses what does not fit', async () => {
      const id = await client.newSession();
      expect(await client.send(id, { content: 7 as never })).toMatchObject({
        status: 422,
        body: { code: 'validation_failed' },
      });
      const sent = await client.send(id, 'think');
      expect(await client.send(id, 'and now')).toMatchObject({
        status: 409,
        body: { code: 'session_busy', turn_id: sent.body.turn_id },
      });
      expect((await client.cancel(id)).status).toBe(202);
      expect(await client.settled(id)).toMatchObject({ status: 'error', error: 'Turn cancelled' });
    });

    it('keeps its own routes, and describes the module’s among them', async () => {
      expect(await (await fetch(`${server.url}/api`)).text()).toBe('Hello World!');
      const document = (await (await fetch(`${server.url}/docs-json`)).json()) as { paths: object };
      expect(Object.keys(document.paths)).toEqual(
        expect.arrayContaining(['/api', '/api/sessions', '/api/sessions/{session_id}/messages']),
      );
    });

    it('stops on SIGTERM, answers open long polls, and writes nothing to stderr', async () => {
      const id = await client.newSession();
      await client.send(id, 'think');
      const waiting = client.get(id, '?wait=true');
      // The poll is open once the server has answered a later request.
      await client.get(id);
      const stopped = server.stop();
      expect(await waiting).toMatchObject({ status: 200, body: { status: 'running' } });
      await stopped;
      expect(server.process.signalCode).toBe('SIGTERM');
      expect(server.stderr()).toBe('');
    }, 10_000);
  });
}
