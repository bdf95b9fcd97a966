import { describe, expect, it } from '@jest/globals';
import { type CanActivate, UnauthorizedException } from '@nestjs/common';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

import { useServer } from '../cli/use-server.js';
import { sqliteStacks, useApp } from '../support/stacks.js';
import { ConsolePage } from './console-page.js';
import { useBrowser } from './use-console.js';

const KEY = 'a-key/with+signs=';

const agent = () => 'hello';
const html = { accept: 'text/html,*/*' };

const browser = useBrowser();

/** Enters a wrong key, then the right one; returns the page. */
async function enterKeys(url: string): Promise<ConsolePage> {
  const console = await ConsolePage.open(browser.context, url);
  const field = console.page.getByLabel('API key or access token');
  await field.fill('wrong');
  await field.press('Enter');
  await console.page.getByText('The server refused this key.').waitFor();
  await field.fill(KEY);
  await field.press('Enter');
  await console.newSession();
  await console.say('hello');
  await console.answers.first().waitFor();
  return console;
}

describe('the console of the standalone server with an API key', () => {
  const running = useServer({ args: ['--api-key', KEY] });

  it('is the page of a 401 for browsers; other clients get the error', async () => {
    const page = await fetch(running.server.url, { headers: html });
    expect([page.status, page.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await page.text()).toMatch(/^<!doctype html>/);
    const error = await fetch(running.server.url);
    expect([error.status, await error.json()]).toEqual([401, expect.objectContaining({ statusCode: 401 })]);
    const open = await fetch(running.server.url, { headers: { authorization: `Bearer ${KEY}` } });
    expect([open.status, await open.text()]).toEqual([200, expect.stringMatching(/^<!doctype html>/)]);
    const other = await fetch(`${running.server.url}/sessions`, { headers: html });
    expect([other.status, await other.json()]).toEqual([401, expect.objectContaining({ statusCode: 401 })]);
  });

  it('asks for the key, keeps it as long as the tab, and forgets it', async () => {
    const console = await enterKeys(running.server.url);
    await console.page.reload();
    await console.answers.first().waitFor();
    const stored = await console.page.evaluate('[localStorage.length, document.cookie]');
    expect(stored).toEqual([0, '']);
    expect(console.page.url()).not.toContain(encodeURIComponent(KEY));

    const other = await ConsolePage.open(browser.context, running.server.url);
    await other.page.getByText('This server needs a key').waitFor();

    await console.button('Forget API key').click();
    await console.page.getByText('This server needs a key').waitFor();
    expect(await console.page.evaluate('sessionStorage.length')).toBe(0);
    // The browser itself logs a 401 as an error; nothing else is one.
    expect(console.complaints.filter((text) => !text.includes('401 (Unauthorized)'))).toEqual([]);
  });
});

describe.each(sqliteStacks)('the console of a host: $adapter', (stack) => {
  const guard: CanActivate = {
    canActivate: (context) => {
      const { headers } = context.switchToHttp().getRequest<{ headers: { authorization?: string } }>();
      if (headers.authorization === `Bearer ${KEY}`) return true;
      throw new UnauthorizedException();
    },
  };
  const running = useApp(stack, {
    agent,
    path: 'support',
    console: true,
    configure: (app) => {
      app.setGlobalPrefix('api');
    },
    base: '/api/support',
    headers: { authorization: `Bearer ${KEY}` },
    guards: [guard],
  });
  const url = () => `${running.url}/api/support/console`;
  const right = { headers: { authorization: `Bearer ${KEY}` } };

  it('allows its own script and style only, and no frame around it', async () => {
    const { status, headers } = await fetch(url(), right);
    expect(status).toBe(200);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('is one document of less than 100 KB gzipped, without references', async () => {
    const text = await (await fetch(url(), right)).text();
    expect(gzipSync(text).length).toBeLessThan(100_000);
    expect(text).not.toMatch(/<script [^>]*src|<link (?![^>]*href="data:)|@import|url\(|sourceMappingURL/);
  });

  it('asks for the token that a guard wants', async () => {
    const refused = await fetch(url());
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    const console = await enterKeys(url());
    expect((await running.client.list()).body).toHaveLength(1);
    expect([...console.origins]).toEqual([running.url]);
  });

  it('has one address, from which the page derives that of the API', async () => {
    const { status, headers } = await fetch(`${url()}/`, { redirect: 'manual', ...right });
    const none = [404, null];
    expect([status, headers.get('location')]).toEqual(
      stack.adapter === 'express' ? [308, '../console'] : none,
    );
  });

  it('answers HEAD without a body', async () => {
    const { status, headers } = await fetch(url(), { method: 'HEAD', ...right });
    expect([status, Number(headers.get('content-length')) > 1_000]).toEqual([200, true]);
  });
});

describe('the console of the CommonJS build', () => {
  it('is the same document', () => {
    const require = createRequire(import.meta.url);
    const { PAGE } = require('../../dist/cjs/http/console/console-document.js') as { PAGE: string };
    expect(PAGE).toMatch(/^<!doctype html>/);
  });
});

describe('a host without the option', () => {
  const [stack] = sqliteStacks;
  if (!stack) throw new Error('No stack');
  const running = useApp(stack, { agent });

  it('has no console', async () => {
    expect((await fetch(`${running.url}/console`)).status).toBe(404);
  });
});
