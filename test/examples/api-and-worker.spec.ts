import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { redisOfItsOwn } from '../cli/command.js';
import type { Server } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { until } from '../support/until.js';
import { Example } from './example.js';

/** Number of turns that two workers run at a time. */
const TURNS = 10;

describe('the example of an API with two workers', () => {
  let folder: TemporaryFolder;
  let database: TestDatabase;
  let api: Server;
  let workers: ChildProcess[];
  let client: SessionsClient;

  beforeAll(async () => {
    const example = await Example.read('api-and-worker');
    [folder, database] = await Promise.all([temporaryFolder(), createTestDatabase()]);
    const env = { DATABASE_URL: database.url, REDIS_URL: redisOfItsOwn() };
    await example.run('tsc');
    await example.run('migration:run', { env });
    const options = { cwd: folder.path, env };
    const launch = () => example.launch('worker.js', { ...options, ready: 'Running turns' });
    const [first, second, served] = await Promise.all([launch(), launch(), example.serve('api.js', options)]);
    workers = [first.child, second.child];
    api = served;
    client = new SessionsClient(api.url);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([api.stop(), ...workers.map(end)]);
    await Promise.all([database.drop(), folder.remove()]);
  });

  it('answers everything, even if a worker is killed', async () => {
    const ids = await Promise.all(Array.from({ length: TURNS }, () => client.newSession()));
    await Promise.all(ids.map((id) => client.send(id, 'hello')));
    const turns = () => Promise.all(ids.map(async (id) => (await client.turns(id)).body));
    // The number that both can run together: each runs half.
    await until(async () => (await turns()).every(([turn]) => turn?.status === 'running'), {
      what: 'both workers to be at work',
    });
    const [killed, survivor] = workers;
    killed?.kill('SIGKILL');

    const answers = (await Promise.all(ids.map((id) => client.settled(id)))).map(
      ({ response }) => response?.content,
    );
    const from = (attempt: number) => `hello: process ${String(survivor?.pid)}, attempt ${attempt}`;
    expect(answers.sort()).toEqual([...Array<string>(5).fill(from(1)), ...Array<string>(5).fill(from(2))]);
  });

  it('finishes running turns when it is stopped', async () => {
    const [, survivor] = workers;
    const id = await client.newSession();
    await client.send(id, 'bye');
    await until(async () => (await client.turns(id)).body[0]?.status === 'running', {
      what: 'the turn to run',
    });
    await end(survivor);
    expect((await client.get(id)).body).toMatchObject({
      status: 'idle',
      response: { content: `bye: process ${String(survivor?.pid)}, attempt 1` },
    });
  });
});

async function end(process: ChildProcess | undefined): Promise<void> {
  if (process?.exitCode !== null || process.signalCode !== null) return;
  const exit = once(process, 'exit');
  process.kill();
  await exit;
}
