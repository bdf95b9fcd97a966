import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { createClient, type SessionsClient } from '../../src/client/index.js';
import { agentFile, ECHO } from '../cli/command.js';
import { type Server, startServer } from '../support/cli.js';
import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { freePort } from '../support/ports.js';
import { UnreliableProxy } from '../examples/unreliable-proxy.js';

describe('the client of a server that is killed and started again', () => {
  let folder: TemporaryFolder;
  let server: Server;
  let start: () => Promise<Server>;
  let client: SessionsClient;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const file = await agentFile(folder.path, ECHO);
    const port = await freePort();
    start = () => startServer([file], { cwd: folder.path, port });
    server = await start();
    client = createClient({ baseUrl: server.url });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('has each message accepted once, whatever of the conversation the outage meets', async () => {
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
});
