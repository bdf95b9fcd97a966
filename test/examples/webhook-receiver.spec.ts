import { describe, expect, it } from '@jest/globals';

import { useServer } from '../cli/use-server.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';
import { Example } from './example.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

describe('the example of a webhook receiver', () => {
  const running = useServer({ env: { AGENT_SESSIONS_WEBHOOK_SECRET: SECRET } });

  it('accepts signed requests only', async () => {
    const port = await freePort();
    const receiver = await (
      await Example.read('webhook-receiver.mjs')
    ).launch('receiver', {
      cwd: running.folder,
      env: { WEBHOOK_SECRET: SECRET, PORT: String(port) },
      ready: 'Listening',
    });

    const url = `http://127.0.0.1:${port}/`;
    const forged = await fetch(url, {
      method: 'POST',
      body: '{"session_id":"x","status":"idle"}',
      headers: { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' },
    });
    expect(forged.status).toBe(401);

    const id = await running.client.newSession();
    await running.client.ask(id, { content: 'hello', webhook: { url } });
    await until(() => receiver.stdout().includes(`${id} is idle: You said: hello`), {
      what: 'the result to be shown',
    });
    expect(receiver.stdout()).not.toContain('x is idle');
    receiver.child.kill();
  });

  it('is also a guard of a Nest application', async () => {
    const example = await Example.read('nest-webhook-receiver');
    await example.run('tsc');
    const port = await freePort();
    const receiver = await example.launch('dist/main.js', {
      cwd: running.folder,
      env: { WEBHOOK_SECRET: SECRET, PORT: String(port), NO_COLOR: '1' },
      ready: 'successfully started',
    });

    const url = `http://127.0.0.1:${port}/agent-results`;
    await until(() => fetch(url).catch(() => false), { what: 'the receiver to listen' });
    const headers = { 'content-type': 'application/json', 'webhook-id': 'x', 'webhook-timestamp': '1' };
    const forged = { ...headers, 'webhook-signature': 'v1,AAAA' };
    expect((await fetch(url, { method: 'POST', body: '{}', headers })).status).toBe(401);
    expect((await fetch(url, { method: 'POST', body: '{}', headers: forged })).status).toBe(401);

    const id = await running.client.newSession();
    // More than the 100 kB that Express reads by default.
    const content = 'ü'.repeat(60_000);
    await running.client.ask(id, { content, webhook: { url, include_messages: true } });
    await until(() => receiver.stdout().includes(`${id} is idle: You said: ü`), {
      what: 'the result to be logged',
    });
    receiver.child.kill();
  }, 60_000);
});
