import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';

import type { Delivery } from '../../src/index.js';
import { agentFile, ECHO, redisOfItsOwn } from '../cli/command.js';
import { type Server, startServer } from '../support/cli.js';
import { SessionsClient } from '../support/client.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { createMigratedDatabase } from '../support/migrated-databases.js';
import { Receiver } from '../support/receiver.js';
import { RedisMonitor } from '../support/redis-monitor.js';
import { until } from '../support/until.js';

const TOKEN = 'planted-token-4711';
const SECRET = `whsec_${Buffer.from('planted secret of 24 bytes').toString('base64')}`;
const PASSWORD = 'planted-password-4711';
const KEY = 'planted-key-4711';

const stacks = [
  {
    name: 'SQLite',
    prepare: () =>
      Promise.resolve({ args: [] as string[], redis: undefined, remove: () => Promise.resolve() }),
  },
  {
    name: 'PostgreSQL and Redis',
    prepare: async () => {
      const database = await createMigratedDatabase();
      const redis = redisOfItsOwn();
      const args = ['--database', database.url, '--no-migrations', '--redis', redis];
      return { args, redis, remove: () => database.drop() };
    },
  },
];

describe.each(stacks)('the webhooks of a server on $name', ({ prepare }) => {
  let place: Awaited<ReturnType<typeof prepare>>;
  let folder: TemporaryFolder;
  let receiver: Receiver;
  const servers: Server[] = [];

  beforeAll(async () => {
    receiver = await Receiver.start();
  });
  afterAll(() => receiver.close());
  beforeEach(async () => {
    folder = await temporaryFolder();
    place = await prepare();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.kill()));
    await place.remove();
    await folder.remove();
  });

  async function start(): Promise<Server> {
    const file = await agentFile(folder.path, ECHO);
    const args = [file, ...place.args, '--log-level', 'verbose', '--webhook-secret', SECRET];
    const server = await startServer(args, { cwd: folder.path });
    servers.push(server);
    return server;
  }

  it('arrive although it is killed between two attempts or during one, and restarted', async () => {
    const server = await start();
    const client = new SessionsClient(server.url);
    const id = await client.newSession();
    const path = `/killed-${id}`;
    const url = receiver.answers(path, 500, 200);
    const other = await client.newSession();
    const hanging = `/hanging-${other}`;
    const webhook = { url: receiver.answers(hanging, () => undefined, 200) };
    await client.ask(other, { content: 'hello', webhook });
    await receiver.gets(hanging);
    await client.ask(id, { content: 'hello', webhook: { url } });
    await until(async () => (await deliveries(client, id))[0]?.attempts.length === 1, {
      what: 'the first attempt to be recorded',
    });
    await server.kill();

    const again = new SessionsClient((await start()).url);
    const [first, second] = await receiver.gets(path, 2, 30_000);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.payload).toEqual(first?.payload);
    expect(
      new Webhook(SECRET).verify(second?.text ?? '', second?.headers as Record<string, string>),
    ).toBeTruthy();
    await until(async () => (await deliveries(again, id))[0]?.status === 'delivered', {
      what: 'the delivery to be recorded',
    });

    // The outcome of the attempt is unknown until its claim expires.
    const [begun, repeated] = await receiver.gets(hanging, 2, 40_000);
    expect(repeated?.headers['webhook-id']).toBe(begun?.headers['webhook-id']);
  }, 90_000);

  it('leave their secrets only in the database', async () => {
    const monitor = place.redis === undefined ? undefined : await RedisMonitor.of(place.redis);
    const server = await start();
    const client = new SessionsClient(server.url);
    const id = await client.newSession();
    const answers: unknown[] = [];
    for (const url of [
      receiver.answers(`/secrets-${id}`, 500),
      'http://127.0.0.1:1/refused',
      'http://nowhere.invalid/unknown',
    ]) {
      const secret = new URL(url);
      secret.username = 'me';
      secret.password = PASSWORD;
      secret.search = `?key=${KEY}`;
      const webhook = { url: secret.href, token: TOKEN };
      answers.push((await client.send(id, { content: 'hello', webhook })).body, await client.settled(id));
    }
    const listed = await until(
      async () => {
        const all = await deliveries(client, id);
        return all.length === 3 && all.every(({ attempts }) => attempts.length > 0) && all;
      },
      { what: 'an attempt of each delivery' },
    );
    answers.push(listed, (await client.turns(id)).body, (await client.messages(id)).body);
    const [received] = await receiver.gets(`/secrets-${id}`);
    expect(received?.headers.authorization).toBe(`Bearer ${TOKEN}`);

    const planted = [TOKEN, PASSWORD, KEY, SECRET, SECRET.slice('whsec_'.length)];
    const seen = {
      answers: JSON.stringify(answers),
      logs: server.stdout() + server.stderr(),
      redis: monitor?.heard ?? '',
      files: await textFiles(folder.path),
    };
    for (const [where, text] of Object.entries(seen)) {
      expect({ where, leaks: planted.filter((secret) => text.includes(secret)) }).toEqual({
        where,
        leaks: [],
      });
    }
    expect(seen.logs).toContain(listed[0]?.delivery_id);
    if (monitor) expect(seen.redis).toContain(listed[0]?.turn_id);
    monitor?.close();
  });
});

async function deliveries(client: SessionsClient, id: string): Promise<Delivery[]> {
  return (await client.request('GET', `/sessions/${id}/deliveries`)).body as Delivery[];
}

/** The files of the working directory, without the database. */
async function textFiles(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => !name.includes('.sqlite'));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}
