import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { bundled } from '../support/programs.js';
import { RedisServer } from '../support/redis.js';
import { until } from '../support/until.js';

const host = bundled(join(import.meta.dirname, 'host.mjs'));

/** Time limit of a case, in ms. */
const CASE_TIME = 90_000;

/** Time limit of a turn while Redis is unusable; the sweeper runs every second. */
const SWEPT_MS = 5_000;

describe('a host whose Redis', () => {
  let redis: RedisServer;
  let admin: Redis;
  let server: Server;
  let client: SessionsClient;

  beforeEach(async () => {
    redis = await RedisServer.create();
    await redis.start();
    admin = new Redis(redis.url);
    admin.on('error', () => undefined);
  });
  afterEach(async () => {
    await server.kill();
    admin.disconnect();
    await redis.stop();
  });

  async function start(user = ''): Promise<void> {
    const url = new URL(redis.url);
    if (user !== '') Object.assign(url, { username: user, password: 'secret' });
    server = await startServer(['--redis', url.href], { cwd: tmpdir(), program: [host] });
    client = new SessionsClient(server.url);
    await until(async () => (await health()).redis === undefined, { what: 'Redis to be found' });
  }

  const health = async () => (await client.request('GET', '/health')).body as { redis?: string };

  async function expectAnswer(within: number): Promise<void> {
    const asked = performance.now();
    const { status, response } = await client.ask(await client.newSession(), 'hello');
    expect({ status, content: response?.content }).toEqual({ status: 'idle', content: 'You said: hello' });
    expect(performance.now() - asked).toBeLessThan(within);
  }

  const logged = (text: RegExp) =>
    (server.stdout() + server.stderr()).split('\n').filter((line) => text.test(line));

  const cutAll = async () => {
    await admin.client('KILL', 'TYPE', 'pubsub');
    await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  };

  const refusals: { name: string; begin: () => Promise<unknown>; end: () => Promise<unknown> }[] = [
    {
      name: 'wants a password all at once',
      begin: async () => {
        await admin.config('SET', 'requirepass', 'secret');
        await admin.auth('secret');
        await cutAll();
      },
      end: () => admin.config('SET', 'requirepass', ''),
    },
    {
      name: 'takes all rights from its user',
      begin: async () => {
        await admin.call('ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', '+ping');
        await cutAll();
      },
      end: () => admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all'),
    },
    {
      name: 'changes its user’s password',
      begin: async () => {
        await admin.call('ACL', 'SETUSER', 'app', 'resetpass', '>another');
        await cutAll();
      },
      end: () => admin.call('ACL', 'SETUSER', 'app', '>secret'),
    },
    {
      name: 'is full',
      begin: () => admin.config('SET', 'maxmemory', '1'),
      end: () => admin.config('SET', 'maxmemory', '0'),
    },
    {
      name: 'becomes a replica',
      begin: () => admin.replicaof('127.0.0.1', 1),
      end: () => admin.replicaof('NO', 'ONE'),
    },
  ];

  it.each(refusals)(
    '$name continues without it, logs the outage once, and uses Redis again later',
    async ({ name, begin, end }) => {
      await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all');
      await start(name.includes('its user') ? 'app' : '');
      await expectAnswer(SWEPT_MS);

      await begin();
      await until(async () => (await health()).redis === 'down', { what: 'health to report it' });
      // Longer than the retry pauses of Bull and the notifier.
      for (const until = Date.now() + 7_000; Date.now() < until;) {
        await expectAnswer(SWEPT_MS);
        await sleep(1_000);
      }
      expect(server.process.exitCode).toBeNull();
      const asked = performance.now();
      expect(await health()).toMatchObject({ status: 'ok', redis: 'down' });
      expect(performance.now() - asked).toBeLessThan(1_500);
      expect(logged(/WARN/)).toHaveLength(1);

      await end();
      await until(() => logged(/LOG.*Redis answers/).length === 1, {
        what: 'the end of the outage in the log',
        timeoutMs: 20_000,
      });
      expect(await health()).not.toHaveProperty('redis');
      await until(async () => String(await admin.client('LIST')).includes('cmd=brpoplpush'), {
        what: 'jobs to be taken again',
        timeoutMs: 10_000,
      });
      await until(async () => JSON.stringify(await admin.pubsub('CHANNELS', '*')).includes('notifications'), {
        what: 'notifications to be heard again',
      });
      await expectAnswer(SWEPT_MS);
      expect(logged(/WARN/)).toHaveLength(1);
      expect(logged(/unhandled/i)).toEqual([]);
      expect(server.stdout() + server.stderr()).not.toMatch(/secret/);
      await expectStop();
    },
    CASE_TIME,
  );

  it(
    'has a user without SUBSCRIBE logs once that long polls may be late',
    async () => {
      await admin.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~*', '&*', '+@all', '-subscribe');
      await start('app');
      await expectAnswer(1_000);
      await until(() => logged(/WARN.*does not let this process subscribe.*NOPERM/).length === 1, {
        what: 'the warning',
      });
      await cutAll();
      await until(async () => (await health()).redis === undefined, { what: 'Redis to be found again' });
      await admin.call('ACL', 'SETUSER', 'app', '+subscribe');
      await until(() => logged(/LOG.*Subscribed to Redis/).length === 1, {
        what: 'the subscription',
        timeoutMs: 10_000,
      });
      expect(logged(/WARN.*subscribe/)).toHaveLength(1);
      await expectStop();
    },
    CASE_TIME,
  );

  async function expectStop(): Promise<void> {
    const asked = performance.now();
    await server.stop();
    expect(performance.now() - asked).toBeLessThan(4_000);
  }

  it(
    'ends all connections again and again completes every turn, and uses Redis again later',
    async () => {
      await start();
      const cutting = new AbortController();
      const cuts = (async () => {
        while (!cutting.signal.aborted) {
          await cutAll();
          await sleep(20);
        }
      })();
      for (let turns = 0; turns < 5; turns++) await expectAnswer(SWEPT_MS);
      cutting.abort();
      await cuts;
      await until(async () => (await health()).redis === undefined, { what: 'Redis to be used again' });
      await expectAnswer(SWEPT_MS);
      expect(logged(/unhandled|uncaught/i)).toEqual([]);
      expect(server.process.exitCode).toBeNull();
    },
    CASE_TIME,
  );
});
