import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { TcpProxy } from '../faults/tcp-proxy.js';
import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { until } from '../support/until.js';
import { agentFile, ECHO, redisOfItsOwn, SLOW } from './command.js';

describe('a server', () => {
  let folder: TemporaryFolder;
  let server: Server;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await server.kill();
    await folder.remove();
  });

  it('continues when the reader of its log ends', async () => {
    server = await startServer([await agentFile(folder.path, ECHO), '--log-level', 'verbose'], {
      cwd: folder.path,
    });
    server.process.stdout?.destroy();
    server.process.stderr?.destroy();
    const client = new SessionsClient(server.url);
    for (let times = 0; times < 5; times++) {
      // A request without a body is not logged, a failing one is: both are answered.
      expect((await client.request('POST', '/sessions', { text: '{' })).status).toBe(400);
      expect(await client.ask(await client.newSession(), 'hi')).toMatchObject({ status: 'idle' });
    }
    expect(server.process.exitCode).toBeNull();
    expect(await server.stop()).toBe(0);
  });

  describe('whose PostgreSQL and Redis are silent', () => {
    let database: TestDatabase;
    let proxies: TcpProxy[];

    beforeEach(async () => {
      database = await createTestDatabase();
      proxies = await Promise.all([TcpProxy.to(database.url), TcpProxy.to(redisOfItsOwn())]);
    });
    afterEach(async () => {
      await server.kill();
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await database.drop();
    });

    it.each(['idle', 'busy'])('stops in time while it is %s', async (state) => {
      const [toDatabase, toRedis] = proxies.map(({ url }) => url);
      const options = ['--database', toDatabase ?? '', '--redis', toRedis ?? '', '--shutdown-timeout', '1'];
      server = await startServer([await agentFile(folder.path, SLOW), ...options], { cwd: folder.path });
      const client = new SessionsClient(server.url);
      const id = await client.newSession();
      await client.send(id, state === 'idle' ? '0' : '60000');
      await until(
        async () => (await client.turns(id)).body[0]?.status === (state === 'idle' ? 'completed' : 'running'),
        { what: `the server to be ${state}` },
      );
      for (const proxy of proxies) proxy.stall();
      const asked = performance.now();
      await server.stop();
      expect(performance.now() - asked).toBeLessThan(1_000 + 5_000 + 1_000);
    });
  });
});
