import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { freePort } from '../support/ports.js';
import { bundled } from '../support/programs.js';
import { until } from '../support/until.js';
import { readRecords, sqliteFile } from './records.js';

const program = bundled(join(import.meta.dirname, 'stopping-host.mjs'));

describe.each(['express', 'fastify'])('a host on %s that receives a signal to stop', (adapter) => {
  let folder: TemporaryFolder;
  let port: number;
  const hosts: Server[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    port = await freePort();
  });
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.kill();
    await folder.remove();
  });

  const start = async (file = sqliteFile(folder.path)) => {
    // The options before the port are the program's own.
    const host = await startServer([], {
      cwd: folder.path,
      port,
      program: [program, adapter, String(port), file],
    });
    hosts.push(host);
    return { host, client: new SessionsClient(host.url) };
  };
  const begin = async (client: SessionsClient, milliseconds: number) => {
    const id = await client.newSession();
    await client.send(id, String(milliseconds));
    await until(async () => (await client.turns(id)).body[0]?.status === 'running', { what: 'the turn' });
    return id;
  };

  it('leaves its port to the next process and answers long polls, and then waits for its turns', async () => {
    const { host, client } = await start();
    const id = await begin(client, 4_000);
    const poll = client.get(id, '?wait=true');
    await client.request('GET', '/health');
    const exited = host.stop('SIGTERM');
    expect(await poll).toMatchObject({ status: 200, body: { status: 'running' } });
    // The next process needs a file of its own to show that the turn ends in the first one.
    const next = await start(join(folder.path, 'second.sqlite'));
    expect(host.process.exitCode ?? host.process.signalCode).toBeNull();
    await exited;
    expect(host.process.signalCode).toBe('SIGTERM');
    await next.host.stop();
    const { turns } = await readRecords({ folder: folder.path });
    expect(turns).toMatchObject([
      { session: id, status: 'completed', response: `attempt 1 of ${host.process.pid}` },
    ]);
  });

  it('is ended at once by a second signal, but not by a repetition of the first', async () => {
    const { host, client } = await start();
    await begin(client, 60_000);
    const exited = host.stop('SIGINT');
    host.process.kill('SIGINT');
    await until(() => host.stdout().includes('Waiting for 1 turns'), { what: 'the host to wait' });
    // By then a signal is no repetition.
    await sleep(600);
    expect(host.process.exitCode).toBeNull();
    const asked = performance.now();
    host.process.kill('SIGTERM');
    expect(await exited).toBe(143);
    expect(performance.now() - asked).toBeLessThan(1_500);
  });
});
