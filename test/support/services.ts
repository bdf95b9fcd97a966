import { randomUUID } from 'node:crypto';

import { dropDatabase } from './database.js';
import { PostgresServer } from './postgres.js';
import { RedisServer } from './redis.js';

/** Cleanup functions in the order of the starts. */
const started: (() => Promise<void>)[] = [];

/**
 * Starts one PostgreSQL and one Redis for the whole run, passed to the tests as `TEST_POSTGRES_URL` and
 * `TEST_REDIS_URL`, and the name of the database that `migrated-databases.ts` creates. Servers given by `TEST_POSTGRES_URL` and by `TEST_REDIS_URL` or `REDIS_URL` are used instead.
 */
export async function startServices(): Promise<void> {
  const outcomes = await Promise.allSettled([providePostgres(), provideRedis()]);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failure) return;
  await stopServices();
  throw failure.reason;
}

/** Stops only what {@link startServices} started. */
export async function stopServices(): Promise<void> {
  await Promise.all(started.splice(0).map((undo) => undo()));
}

async function providePostgres(): Promise<void> {
  const template = `template_${randomUUID().replaceAll('-', '')}`;
  announce('TEST_POSTGRES_TEMPLATE', template);
  if (process.env.TEST_POSTGRES_URL) {
    started.push(() => dropDatabase(template));
    return;
  }
  const server = await PostgresServer.create();
  started.push(() => server.remove());
  await server.start();
  announce('TEST_POSTGRES_URL', server.url);
}

async function provideRedis(): Promise<void> {
  if (process.env.TEST_REDIS_URL) return;
  if (process.env.REDIS_URL) {
    announce('TEST_REDIS_URL', process.env.REDIS_URL);
    return;
  }
  const server = await RedisServer.create();
  started.push(() => server.stop());
  await server.start();
  announce('TEST_REDIS_URL', server.url);
}

/** Workers inherit the environment; in watch mode the next run must not treat the URL as given by the user. */
function announce(name: string, url: string): void {
  process.env[name] = url;
  started.push(() => {
    Reflect.deleteProperty(process.env, name);
    return Promise.resolve();
  });
}
