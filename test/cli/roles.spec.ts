import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Health } from '../../src/operations/health.service.js';
import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { until } from '../support/until.js';
import { agentFile, ECHO, pooled, redisOfItsOwn } from './command.js';

describe('processes with the roles api and worker', () => {
  let folder: TemporaryFolder;
  let database: TestDatabase;
  let api: Server;
  let worker: Server;
  let client: SessionsClient;

  beforeAll(async () => {
    [folder, database] = await Promise.all([temporaryFolder(), createTestDatabase()]);
    const agent = await agentFile(folder.path, ECHO);
    const args = [agent, '--database', database.url, '--redis', redisOfItsOwn()];
    const options = { cwd: folder.path };
    // Started at the same time on an empty database: one of them runs the migrations.
    [api, worker] = await Promise.all([
      startServer([...args, '--role', 'api'], options),
      startServer([...args, '--role', 'worker', '--workers', '3', '--host', '0.0.0.0'], options),
    ]);
    client = new SessionsClient(api.url);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([api.stop(), worker.stop()]);
    await Promise.all([database.drop(), folder.remove()]);
  });

  const healthOf = async ({ url }: Server) => (await (await fetch(`${url}/health`)).json()) as Health;

  it('serve messages together', async () => {
    const ids = await pooled(
      Array.from({ length: 10 }, () => () => client.newSession()),
      5,
    );
    const sessions = await Promise.all(ids.map((id) => client.ask(id, `from ${id}`)));
    expect(sessions.map(({ response }) => response?.content)).toEqual(
      ids.map((id) => `You said: from ${id}`),
    );
  });

  it('answer /health/live without the database', async () => {
    for (const { url } of [api, worker]) {
      const answer = await fetch(`${url}/health/live`);
      expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }]);
    }
  });

  it('report their number of workers in /health', async () => {
    expect(await healthOf(api)).toMatchObject({ status: 'ok', max_workers: 0, running_workers: 0 });
    expect(await healthOf(worker)).toMatchObject({ status: 'ok', max_workers: 3, running_workers: 0 });
  });

  it('the worker serves only its health routes', async () => {
    const requests = [
      ['GET', '/docs'],
      ['GET', '/docs-json'],
      ['GET', '/docs/swagger-ui.css'],
      ['GET', '/sessions'],
      ['POST', '/sessions'],
      ['GET', '/'],
    ] as const;
    for (const [method, path] of requests) {
      const { status } = await fetch(worker.url + path, { method });
      expect([method, path, status]).toEqual([method, path, 404]);
    }
  });

  it('the worker logs the URL of its health, which needs no key', async () => {
    await until(() => worker.stdout().includes('Running turns; health at'), { what: 'the worker to say so' });
    expect(worker.stdout() + worker.stderr()).not.toMatch(/docs|--api-key/);
  });
});
