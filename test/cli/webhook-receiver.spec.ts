import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { guardChild } from '../support/guard.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';
import { useServer } from './use-server.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const example = join(import.meta.dirname, '../../examples/webhook-receiver.mjs');

describe('the example of a receiver', () => {
  const running = useServer({ env: { AGENT_SESSIONS_WEBHOOK_SECRET: SECRET } });

  it('believes what is signed, and nothing else', async () => {
    const port = await freePort();
    const env = { ...process.env, WEBHOOK_SECRET: SECRET, PORT: String(port) };
    const receiver = spawn(process.execPath, [example], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    guardChild(receiver);
    let output = '';
    receiver.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await until(() => output.includes('Listening'), { what: 'the receiver to listen' });

    const url = `http://127.0.0.1:${port}/`;
    const forged = await fetch(url, {
      method: 'POST',
      body: '{"session_id":"x","status":"idle"}',
      headers: { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' },
    });
    expect(forged.status).toBe(401);

    const id = await running.client.newSession();
    await running.client.ask(id, { content: 'hello', webhook: { url } });
    await until(() => output.includes(`${id} is idle: You said: hello`), { what: 'the result to be shown' });
    expect(output).not.toContain('x is idle');
    receiver.kill();
  });
});
