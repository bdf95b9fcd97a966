import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  type AgentEvent,
  createClient,
  type SessionEvent,
  type SessionsClient,
} from '../../src/client/index.js';
import { agentFile } from '../cli/command.js';
import { TcpProxy } from '../faults/tcp-proxy.js';
import { type Server, startServer } from '../support/cli.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { freePort } from '../support/ports.js';
import { UnreliableProxy } from '../examples/unreliable-proxy.js';

/** An agent that repeats its message, and streams as many numbers as it says. */
const COUNTING = `
import { setTimeout as delay } from 'node:timers/promises';
export default async ({ message, emit, attempt }) => {
  const [, count = 0] = /^count (\\d+)$/.exec(message.content) ?? [];
  for (let n = 1; n <= count; n++) {
    emit({ type: 'count', n, run: attempt });
    await delay(60);
  }
  return 'You said: ' + message.content;
};`;

type Count = AgentEvent & { type: 'count'; n: number };

describe('the client of a server that is killed and started again', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let start: () => Promise<Server>;
  let client: SessionsClient;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const file = await agentFile(folder.path, COUNTING);
    const port = await freePort();
    start = () => startServer([file, '--shutdown-timeout', '0'], { cwd: folder.path, port });
    server = await start();
    client = createClient({ baseUrl: server.url });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('has each message accepted once, at any moment of the outage', async () => {
    const { session_id } = await client.create();
    const over = new AbortController();
    const asked: string[] = [];
    const asking = (async () => {
      for (let n = 1; !over.signal.aborted; n++) {
        const { response } = await client.ask(session_id, String(n));
        asked.push(response?.content ?? '');
      }
    })();
    for (let kill = 0; kill < 2; kill++) {
      const before = asked.length;
      while (asked.length < before + 3) await new Promise((resolve) => setTimeout(resolve, 5));
      await server.kill();
      server = await start();
    }
    over.abort();
    await asking;
    expect(asked).toEqual(asked.map((_, index) => `You said: ${index + 1}`));
    expect(await client.turns(session_id, { limit: 1000 })).toHaveLength(asked.length);
  }, 60_000);

  it('has each message accepted once behind a proxy that loses requests and answers', async () => {
    const proxy = await UnreliableProxy.start(server.url);
    const cut = createClient({ baseUrl: proxy.url });
    const faults = ['answer lost', 'not sent', 503] as const;
    proxy.fails('POST', ...faults);
    const { session_id } = await cut.create();
    for (let n = 1; n <= 4; n++) {
      proxy.fails('POST', ...faults.slice(n % 3), 'answer lost');
      proxy.fails('GET', ...faults);
      expect(await cut.ask(session_id, String(n))).toMatchObject({ response: { content: `You said: ${n}` } });
    }
    expect(await client.turns(session_id)).toHaveLength(4);
    proxy.fails('DELETE', 'answer lost');
    await cut.delete(session_id);
    await expect(client.get(session_id)).rejects.toMatchObject({ code: 'session_not_found' });
    expect(proxy.left).toBe(0);
    await proxy.close();
  }, 60_000);

  it('gets each event once and in order, although connections are cut and the server is stopped', async () => {
    const proxy = await TcpProxy.to(server.url);
    const { session_id } = await client.create();
    const { turn_id: turn } = await client.send(session_id, 'count 120');
    const events: SessionEvent<Count>[] = [];
    let isStopped: Promise<void> | undefined;
    const following = createClient({ baseUrl: proxy.url }).events<Count>(session_id, { turn, after: 0 });
    for await (const event of following) {
      events.push(event);
      if ([5, 8].includes(events.length)) {
        proxy.cut();
        proxy.heal();
      }
      if (events.length === 40) {
        isStopped = server.stop().then(async () => {
          server = await start();
        });
      }
    }
    await isStopped;
    await proxy.close();

    const read: SessionEvent<Count>[] = [];
    for await (const event of client.events<Count>(session_id, { turn, after: 0 })) read.push(event);
    expect(events.map(({ id }) => id)).toEqual(read.map(({ id }) => id));
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    const lastRun = events.flatMap((event) =>
      event.type === 'count' && event.attempt === events.at(-1)?.attempt ? [event.n] : [],
    );
    expect(lastRun).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed', attempt: 2 });
  }, 60_000);
});
