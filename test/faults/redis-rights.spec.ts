import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { bundled } from '../support/programs.js';
import { RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

const host = bundled(join(import.meta.dirname, 'host.mjs'));

/** Time limit of a case, in ms. */
const CASE_TIME = 60_000;

/** Number of turns, run in sequence. */
const TURNS = 10;

/** Time limit for all of them, in ms: half the duration that they need if each waits for the sweeper. */
const TOGETHER_MS = (TURNS * 1_000) / 4;

describe('messages between an api and a worker are passed without delay if Redis', () => {
  let database: TestDatabase;
  let redis: RedisServer;
  let servers: Server[];

  beforeEach(async () => {
    database = await createTestDatabase();
    servers = [];
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await redis.stop();
    await database.drop();
  });

  async function start(role: string, url: string): Promise<SessionsClient> {
    const args = ['--database', database.url, '--redis', url, '--role', role];
    const server = await startServer(args, { cwd: tmpdir(), program: [host] });
    servers.push(server);
    return new SessionsClient(server.url);
  }

  async function serverWith(settings: string[]): Promise<string> {
    redis = await RedisServer.create(settings);
    await redis.start();
    return redis.url;
  }

  async function userWith(...rights: string[]): Promise<string> {
    const url = new URL(await serverWith([]));
    const admin = new Redis(redis.url);
    await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', ...rights);
    await admin.quit();
    return Object.assign(url, { username: 'app', password: 'secret' }).href;
  }

  const userWithout = (right: string) => userWith('~*', '&*', '+@all', right);

  /** The rights listed in the deployment guide. */
  const needed = [
    '~bull:*',
    '&bull:*',
    '+@read',
    '+@write',
    '+@blocking',
    '+@pubsub',
    '+@scripting',
    '+ping',
  ];

  const kinds: { what: string; begin: () => Promise<string> }[] = [
    { what: 'has all commands', begin: () => serverWith([]) },
    { what: 'has no INFO', begin: () => serverWith(['--rename-command', 'INFO', '']) },
    { what: 'has no CLIENT', begin: () => serverWith(['--rename-command', 'CLIENT', '']) },
    { what: 'has a user without INFO', begin: () => userWithout('-info') },
    { what: 'has a user without CLIENT', begin: () => userWithout('-client') },
    { what: 'has a user without PING', begin: () => userWithout('-ping') },
    { what: 'has a user with no more rights than needed', begin: () => userWith(...needed) },
  ];

  it.each(kinds)(
    '$what',
    async ({ begin }) => {
      const url = await begin();
      const client = await start('api', url);
      const worker = await start('worker', url);
      for (const each of [client, worker]) {
        await until(async () => !('redis' in ((await each.request('GET', '/health')).body as object)), {
          what: 'Redis to be found',
        });
      }
      const session = await client.newSession();
      const begun = performance.now();
      for (let turn = 0; turn < TURNS; turn++) {
        expect(await client.ask(session, 'hello')).toMatchObject({
          response: { content: 'You said: hello' },
        });
      }
      expect(performance.now() - begun).toBeLessThan(TOGETHER_MS);
      expect(servers.map((server) => server.stdout() + server.stderr()).join('')).not.toMatch(/WARN|ERROR/);
    },
    CASE_TIME,
  );
});
