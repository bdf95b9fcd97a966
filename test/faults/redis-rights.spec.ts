import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BullModule } from '@nestjs/bull';
import { ConsoleLogger, type INestApplication, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Redis } from 'ioredis';

import { redisSettings } from '../../src/cli/server/redis-settings.js';
import { entities, migrations, SessionsModule, type SessionsRole } from '../../src/index.js';
import { SessionsClient } from '../support/client.js';
import { RedisServer } from '../support/redis.js';
import { postgresBull, type StackDatabase } from '../support/stacks.js';
import { until } from '../support/until.js';

/** Time limit of a case, in ms. */
const CASE_TIME = 60_000;

/** Number of turns, run in sequence. */
const TURNS = 10;

/** Time limit for all of them, in ms: half the duration that they need if each waits for the sweeper. */
const TOGETHER_MS = (TURNS * 1_000) / 4;

@Module({})
class Host {}

describe('messages between an api and a worker are passed without delay if Redis', () => {
  let database: StackDatabase;
  let redis: RedisServer;
  let hosts: INestApplication[];
  let problems: string[];

  beforeEach(async () => {
    database = await postgresBull.createMigratedDatabase();
    hosts = [];
    problems = [];
  });
  afterEach(async () => {
    for (const host of hosts) await host.close();
    Logger.overrideLogger(false);
    await redis.stop();
    await database.remove();
  });

  class Problems extends ConsoleLogger {
    override warn(message: unknown) {
      problems.push(String(message));
    }
    override error(message: unknown) {
      problems.push(String(message));
    }
  }

  async function start(role: SessionsRole, url: string): Promise<SessionsClient> {
    const host = await NestFactory.create(
      {
        module: Host,
        imports: [
          TypeOrmModule.forRoot({ ...database.options, name: role, entities, migrations, retryAttempts: 0 }),
          BullModule.forRoot({ redis: redisSettings(url) }),
          SessionsModule.forRoot({
            agent: ({ message }) => `You said: ${message.content ?? ''}`,
            role,
            dataSource: role,
            health: true,
            shutdownTimeout: 1_000,
          }),
        ],
      },
      { logger: new Problems('', { logLevels: ['warn', 'error', 'fatal'] }), abortOnError: false },
    );
    hosts.push(host);
    await host.listen(0, '127.0.0.1');
    return new SessionsClient(await host.getUrl());
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
      expect(problems).toEqual([]);
    },
    CASE_TIME,
  );
});
