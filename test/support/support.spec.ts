import { afterAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';

import { createTestDatabase } from './database.js';
import { freePort } from './ports.js';
import { PostgresServer } from './postgres.js';
import { RedisServer } from './redis.js';
import { until } from './until.js';
import { postgresUrl, redisUrl } from './urls.js';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function redis<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

describe('the services of a test run', () => {
  it('respond', async () => {
    expect(await query(postgresUrl(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await redis(redisUrl(), (client) => client.ping())).toBe('PONG');
  });

  it('create a database per test and remove it', async () => {
    const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await query(one.url, 'CREATE TABLE note (text text)');
    await expect(query(other.url, 'SELECT * FROM note')).rejects.toThrow('"note" does not exist');

    await Promise.all([one.drop(), other.drop()]);
    await expect(query(one.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  it('differ from an address without a server', async () => {
    const port = await freePort();
    await expect(createTestDatabase(`postgres://postgres@127.0.0.1:${port}/postgres`)).rejects.toThrow(
      'ECONNREFUSED',
    );
    await expect(redis(`redis://127.0.0.1:${port}`, (client) => client.ping())).rejects.toThrow();
  });
});

describe('a test’s own server', () => {
  const cleanUp: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(cleanUp.map((undo) => undo())));

  it('PostgreSQL keeps its address and its data over a restart', async () => {
    const server = await PostgresServer.create();
    cleanUp.push(() => server.remove());
    await server.start();
    const { url } = await createTestDatabase(server.url);
    await query(url, "CREATE TABLE note AS SELECT 'kept' AS text");

    await server.stop();
    await expect(query(url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await server.start();
    await server.restart();
    expect(await query(url, 'SELECT text FROM note')).toEqual([{ text: 'kept' }]);
  });

  it('Redis keeps its address and forgets its data over a restart', async () => {
    const server = await RedisServer.create();
    cleanUp.push(() => server.stop());
    await server.start();
    await redis(server.url, (client) => client.set('note', 'lost'));

    await server.kill();
    await expect(redis(server.url, (client) => client.ping())).rejects.toThrow();
    await server.start();
    expect(await redis(server.url, (client) => client.get('note'))).toBeNull();
  });
});

describe('until', () => {
  it('returns the value it waited for', async () => {
    let looks = 0;
    expect(await until(() => (++looks < 3 ? null : 'there'), { what: 'the third look' })).toBe('there');
  });

  it('names the missing condition, even if the condition never settles', async () => {
    const waiting = until(() => new Promise<boolean>(() => undefined), { what: 'a reply', timeoutMs: 50 });
    await expect(waiting).rejects.toThrow('Timed out after 50 ms waiting for a reply');
  });
});
