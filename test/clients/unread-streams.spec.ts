import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { Gate } from '../support/gate.js';
import { ScriptedAgent } from '../support/scripted-agent.js';
import { mixedStacks, type TestApp } from '../support/stacks.js';
import { until } from '../support/until.js';
import { startUiApp } from './ui-app.js';

const agent = new ScriptedAgent();

/** More than the buffers of a connection hold. */
const PIECES = 200;

/** The content of a message whose turn streams more than a client that does not read takes. */
const streaming = (begin?: Promise<unknown>) =>
  agent.does(async ({ emit }) => {
    await begin;
    for (let count = 0; count < PIECES; count++) emit('x'.repeat(60_000));
    return 'done';
  });

/** A connection on which a request was sent, and the first bytes of the answer have come; the rest is not read. */
async function unread({ url }: TestApp, method: string, path: string, body?: object): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const json = body === undefined ? '' : JSON.stringify(body);
  const headers = `Host: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: ${json.length}`;
  socket.write(`${method} ${path} HTTP/1.1\r\n${headers}\r\n\r\n${json}`);
  await once(socket, 'readable');
  expect(String(socket.read(15))).toBe('HTTP/1.1 200 OK');
  return socket;
}

const streams: [string, (app: TestApp, id: string) => Promise<Socket>][] = [
  [
    'POST /ag-ui',
    (app, threadId) =>
      unread(app, 'POST', '/ag-ui', {
        threadId,
        runId: randomUUID(),
        protocolVersion: '1.0',
        messages: [{ id: randomUUID(), role: 'user', content: streaming() }],
      }),
  ],
  [
    'POST /ai-sdk',
    (app, id) =>
      unread(app, 'POST', '/ai-sdk', {
        id,
        trigger: 'submit-message',
        messages: [{ id: randomUUID(), role: 'user', parts: [{ type: 'text', text: streaming() }] }],
      }),
  ],
  [
    'GET /ai-sdk/{id}/stream',
    async (app, id) => {
      const opened = new Gate();
      await app.client.send(id, streaming(opened.opened));
      const socket = await unread(app, 'GET', `/ai-sdk/${id}/stream`);
      opened.open();
      return socket;
    },
  ],
];

describe.each(mixedStacks)('on $name', (stack) => {
  it.each(streams)(
    'a client of %s that does not read does not keep the process from stopping',
    async (_name, open) => {
      const app = await startUiApp(stack, { agent });
      let stuck: Socket | undefined;
      try {
        const id = await app.client.newSession();
        stuck = await open(app, id);
        await until(async () => (await app.client.get(id)).body.status === 'idle', {
          what: 'the turn to end',
        });
      } finally {
        const began = performance.now();
        await app.close();
        expect(performance.now() - began).toBeLessThan(10_000);
        stuck?.destroy();
      }
    },
  );
});
