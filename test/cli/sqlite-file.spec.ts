import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';

import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { until } from '../support/until.js';
import { agentFile, SLOW } from './command.js';

const WARNING =
  /WARN.*Another process uses agent-sessions\.sqlite as well \(.*only one process may use an SQLite file/;

describe('a server whose SQLite file', () => {
  let folder: TemporaryFolder;
  let agent: string;
  let servers: Server[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    agent = await agentFile(folder.path, SLOW);
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    servers = [];
    await folder.remove();
  });

  const start = async (...args: string[]): Promise<Server> => {
    const server = await startServer([agent, ...args], { cwd: folder.path });
    servers.push(server);
    return server;
  };
  const output = (server: Server) => server.stdout() + server.stderr();

  it('is used by another process says so at start, and serves', async () => {
    const first = await start();
    const second = await start();
    expect(output(second)).toMatch(WARNING);
    expect(output(second).match(/Another process/g)).toHaveLength(1);
    expect(output(first)).not.toMatch(/Another process/);
    expect(await new SessionsClient(second.url).newSession()).toBeTruthy();
  });

  it('was used by a process that was killed says nothing, and leaves no lock beside it', async () => {
    await (await start()).kill();
    const server = await start();
    expect(output(server)).not.toMatch(/Another process/);
    expect(await readdir(folder.path)).toContain('agent-sessions.sqlite-lock');
    await server.stop();
    expect(await readdir(folder.path)).not.toContain('agent-sessions.sqlite-lock');
  });

  it('is still used by a process that ends its last turns says nothing', async () => {
    const first = await start();
    const client = new SessionsClient(first.url);
    const id = await client.newSession();
    await client.send(id, '60000');
    await until(async () => (await client.turns(id)).body[0]?.status === 'running', {
      what: 'the turn to begin',
    });
    const stopped = first.stop();
    await until(
      () =>
        fetch(`${first.url}/health`).then(
          () => false,
          () => true,
        ),
      { what: 'the server to stop listening' },
    );
    expect(output(await start())).not.toMatch(/Another process/);
    expect(first.process.exitCode).toBeNull();
    await first.kill();
    await stopped;
  });
});
