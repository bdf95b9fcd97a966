// PostgreSQL and Redis for the measured servers. The tests' support code starts them, and stops them even if this
// program fails.
import '../../test/support/typescript.mjs';

import { setTimeout as delay } from 'node:timers/promises';

import { atEnd } from './cleanup.mjs';

const support = (name) => import(`../../test/support/${name}.ts`);
const { createTestDatabase } = await support('database');
const { temporaryFolder } = await support('folders');
const { guardChild } = await support('guard');
const { startServer } = await support('cli');
const { freePort } = await support('ports');
const { PostgresServer } = await support('postgres');
const { RedisServer } = await support('redis');

export { freePort, guardChild, startServer };

/** A temporary folder, removed at the end. */
export async function temporary() {
  const folder = await temporaryFolder();
  atEnd(() => folder.remove());
  return folder.path;
}

/** PostgreSQL with default settings except its address: a committed transaction is on disk. */
export async function startPostgres() {
  const server = await PostgresServer.create();
  atEnd(() => server.remove());
  await server.start();
  return server;
}

export async function startRedis() {
  const server = await RedisServer.create();
  atEnd(() => server.stop());
  await server.start();
  return server;
}

/** Creates an empty database and returns its URL. */
export async function newDatabase(postgres) {
  return (await createTestDatabase(postgres.url)).url;
}

/** Kills processes, repeatedly until the last one has exited. */
export async function killAll(children) {
  for (const child of children) {
    while (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await delay(20);
    }
  }
}
