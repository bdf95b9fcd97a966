import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

import type * as Client from '../../src/client/index.js';
import { useServer } from '../cli/use-server.js';
import { BROWSER_TIMEOUT_MS, launchBrowser } from '../support/chromium.js';
import { ScriptedServer } from './scripted-server.js';

declare const agentSessions: typeof Client;

const CORS = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };

describe('the client in a browser, on a page of another origin', () => {
  const running = useServer({ args: ['--cors', '*', '--api-key', 'secret'] });
  let scripted: ScriptedServer;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    scripted = await ScriptedServer.start();
    browser = await launchBrowser();
    page = await browser.newPage();
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, '../../src/client/index.ts')],
      bundle: true,
      format: 'iife',
      globalName: 'agentSessions',
      write: false,
    });
    await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  }, BROWSER_TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await scripted.close();
  });

  it('has a conversation, and errors with their code', async () => {
    const said = await page.evaluate(async (baseUrl) => {
      const client = agentSessions.createClient({ baseUrl, apiKey: 'secret' });
      const { session_id } = await client.create({ metadata: { from: 'a page' } });
      const { status, response } = await client.ask(session_id, 'hello');
      const { length } = await client.messages(session_id);
      await client.delete(session_id);
      const code = await client.get(session_id).catch((error: unknown) => (error as { code: string }).code);
      return { status, content: response?.content, length, code };
    }, running.server.url);
    expect(said).toEqual({
      status: 'idle',
      content: 'You said: hello',
      length: 2,
      code: 'session_not_found',
    });
  });

  it('repeats a message whose answer was lost', async () => {
    const accepted = { status: 202, json: { turn_id: 't' }, headers: CORS };
    scripted.answers({ status: 204, headers: CORS }, 'cut', accepted);
    const answer = await page.evaluate(
      (baseUrl) => agentSessions.createClient({ baseUrl }).send('id', 'hello'),
      scripted.url,
    );
    expect(answer).toEqual({ turn_id: 't' });
    const keys = scripted.received.flatMap(({ method, headers }) =>
      method === 'POST' ? [headers['idempotency-key']] : [],
    );
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
  });

  it('follows events over a lost connection, and closes the connection when the loop is left', async () => {
    const frame = (id: number) => `id: ${id}\ndata: {"id":${id},"type":"message.delta"}\n\n`;
    let connections = 0;
    const closed = new Promise((resolve) => {
      scripted.answers((response, { method }) => {
        if (method === 'OPTIONS') return void response.writeHead(204, CORS).end();
        response.writeHead(200, { 'content-type': 'text/event-stream', ...CORS });
        response.write(`retry: 1\n\n${frame(++connections)}`);
        if (connections < 3) setTimeout(() => response.destroy(), 50);
        else response.on('close', resolve);
      });
    });
    const ids = await page.evaluate(async (baseUrl) => {
      const seen: number[] = [];
      for await (const { id } of agentSessions.createClient({ baseUrl }).events('id')) {
        seen.push(id);
        if (id === 3) break;
      }
      return seen;
    }, scripted.url);
    expect(ids).toEqual([1, 2, 3]);
    expect(scripted.received.at(-1)?.headers['last-event-id']).toBe('2');
    await closed;
  });
});
