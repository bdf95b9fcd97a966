import { PostgresServer } from './postgres.js';
import { RedisServer } from './redis.js';

/** What was started here, in the order of starting; each undoes itself completely. */
const started: (() => Promise<void>)[] = [];

/**
 * One PostgreSQL and one Redis for the whole run, handed to the tests as `TEST_POSTGRES_URL` and
 * `TEST_REDIS_URL`. Servers named by `TEST_POSTGRES_URL` and by `TEST_REDIS_URL` or `REDIS_URL` are used as
 * they are.
 */
export async function startServices(): Promise<void> {
  const outcomes = await Promise.allSettled([providePostgres(), provideRedis()]);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failure) return;
  await stopServices();
  throw failure.reason;
}

/** Stops what {@link startServices} started, and nothing else. */
export async function stopServices(): Promise<void> {
  await Promise.all(started.splice(0).map((undo) => undo()));
}

async function providePostgres(): Promise<void> {
  if (process.env.TEST_POSTGRES_URL) return;
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

/** Workers inherit the environment; in watch mode the next run must not take it for a server that was given. */
function announce(name: string, url: string): void {
  process.env[name] = url;
  started.push(() => {
    Reflect.deleteProperty(process.env, name);
    return Promise.resolve();
  });
}
