import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import type { TurnRecord } from '../../src/index.js';
import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import type { TestDatabase } from '../support/database.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { createMigratedDatabase } from '../support/migrated-databases.js';
import { until } from '../support/until.js';
import { agentFile, redisOfItsOwn, SLOW } from './command.js';

/** Allowed shutdown time beyond the shutdown timeout, in ms. */
const SPARE = 3_000;

interface Exit {
  code: number | null;
  /** Its duration, in ms. */
  took: number;
}

async function stop(server: Server, signal?: NodeJS.Signals): Promise<Exit> {
  const asked = performance.now();
  const code = await server.stop(signal);
  return { code, took: performance.now() - asked };
}

/** Sends a message whose turn takes this many milliseconds, and waits until it runs. */
async function begin(client: SessionsClient, milliseconds: number): Promise<string> {
  const id = await client.newSession();
  await client.send(id, String(milliseconds));
  await until(async () => (await client.turns(id)).body[0]?.status === 'running', {
    what: 'the turn to begin',
  });
  return id;
}

/** Opens long polls; resolves when the server is waiting, shown by its response to a later request. */
async function openPolls(client: SessionsClient, ids: string[]): Promise<Promise<unknown>[]> {
  const polls = ids.map((id) => client.get(id, '?wait=true'));
  for (let times = 0; times < 3; times++) await client.request('GET', '/health');
  return polls;
}

const stacks = [
  { name: 'SQLite', isEmbedded: true },
  { name: 'PostgreSQL and Redis', isEmbedded: false },
];

describe.each(stacks)('a server on $name that receives a signal to stop', ({ isEmbedded }) => {
  let folder: TemporaryFolder;
  let database: TestDatabase | undefined;
  let agent: string;
  let args: string[] = [];
  let server: Server;
  let client: SessionsClient;

  beforeEach(async () => {
    folder = await temporaryFolder();
    agent = await agentFile(folder.path, SLOW);
    database = isEmbedded ? undefined : await createMigratedDatabase();
    args = database ? ['--no-migrations', '--database', database.url, '--redis', redisOfItsOwn()] : [];
  });
  afterEach(async () => {
    await server.kill();
    await database?.drop();
    await folder.remove();
  });

  const start = async (...more: string[]) => {
    server = await startServer([agent, ...args, ...more], { cwd: folder.path });
    client = new SessionsClient(server.url);
  };
  const turnsOf = async (id: string): Promise<TurnRecord[]> => (await client.turns(id)).body;

  async function expectAnsweredPolls(id: string, polls: Promise<unknown>[]): Promise<void> {
    for (const poll of polls) {
      expect(await poll).toMatchObject({
        status: 200,
        body: { session_id: id, status: 'running', response: null, error: null },
      });
    }
  }

  it('answers open long polls and requeues its turns at once if the shutdown timeout is 0', async () => {
    await start('--shutdown-timeout', '0');
    const ids = [await begin(client, 60_000), await begin(client, 60_000)] as const;
    const polls = await openPolls(client, [ids[0], ids[0], ids[0]]);
    const exit = await stop(server);
    expect(exit).toMatchObject({ code: 0 });
    expect(exit.took).toBeLessThan(SPARE);
    await expectAnsweredPolls(ids[0], polls);

    // Less than a lease, so the turns were requeued by the server and not reclaimed.
    await start('--shutdown-timeout', '0');
    const settled = performance.now();
    for (const id of ids) {
      expect(await client.settled(id)).toMatchObject({ response: { content: 'attempt 2' } });
    }
    expect(performance.now() - settled).toBeLessThan(10_000);
    await stop(server);
  });

  it('lets turns finish, leaves its port to others meanwhile, and requeues turns that take too long', async () => {
    await start('--shutdown-timeout', '2');
    const quick = await begin(client, 1_500);
    const slow = await begin(client, 60_000);
    const exiting = stop(server);
    await until(() => server.stdout().includes('Waiting for'), { what: 'the server to stop' });
    const next = createServer().listen(Number(new URL(server.url).port), '127.0.0.1');
    await once(next, 'listening');
    next.close();
    const exit = await exiting;
    expect(exit.code).toBe(0);
    expect(exit.took).toBeGreaterThan(1_900);
    expect(exit.took).toBeLessThan(2_000 + SPARE);

    await start('--shutdown-timeout', '0');
    expect(await client.settled(quick)).toMatchObject({ response: { content: 'attempt 1' } });
    expect(await client.settled(slow)).toMatchObject({ response: { content: 'attempt 2' } });
    expect(await turnsOf(slow)).toMatchObject([{ status: 'completed', attempt: 2 }]);
    await stop(server);
  });

  // Which signal it is, connections and a second signal have nothing to do with the database.
  if (!isEmbedded) return;

  describe('while it has', () => {
    let sockets: Socket[] = [];
    beforeEach(() => {
      sockets = [];
    });
    const open = async () => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.push(socket);
      await once(socket, 'connect');
      return socket;
    };

    it('idle or half-finished requests and long polls, exits nevertheless, by SIGINT as well', async () => {
      await start('--shutdown-timeout', '0');
      const id = await begin(client, 60_000);
      const polls = await openPolls(client, [id, id, id]);
      await open();
      (await open()).write('GET /health HT');
      const used = await open();
      used.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(used, 'data');
      const half = await open();
      half.write('POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
      // The server has received them all when it answers a later request.
      await client.request('GET', '/health');
      const exit = await stop(server, 'SIGINT');
      expect(exit).toMatchObject({ code: 0 });
      expect(exit.took).toBeLessThan(SPARE);
      await expectAnsweredPolls(id, polls);
      for (const socket of sockets) socket.destroy();
    });

    it('a running turn, exits at once on a second signal', async () => {
      await start();
      await begin(client, 60_000);
      const exiting = stop(server);
      await until(() => server.stdout().includes('Waiting for'), { what: 'the server to stop' });
      const exit = await stop(server);
      expect(exit.took).toBeLessThan(SPARE);
      expect((await exiting).code).toBe(1);
    });
  });
});
