import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';

import type { Session } from '../../src/index.js';
import { BROWSER_TIMEOUT_MS, launchBrowser } from '../support/chromium.js';
import { SwaggerPage } from './swagger-page.js';
import { type CliServer, useServer } from './use-server.js';

/** Time limit of a test with several steps on the page, on a busy machine; in ms. */
const WALK = 60_000;

const KEY = 'a-key/with+signs=';

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, BROWSER_TIMEOUT_MS);
afterAll(() => browser.close());

interface Opened {
  /** Browser state that its pages share. */
  context: BrowserContext;
  swagger: SwaggerPage;
}

/** One page of Swagger UI for all tests of a `describe`. */
function usePage(running: CliServer): Opened {
  const opened = {} as Opened;
  beforeAll(async () => {
    opened.context = await browser.newContext();
    opened.swagger = await SwaggerPage.open(opened.context, running.server.url);
  });
  afterAll(() => opened.context.close());
  return opened;
}

/** Sends a message and reads the answer with Swagger UI only. */
async function converse(swagger: SwaggerPage): Promise<void> {
  const created = await (await swagger.operation('POST', '/sessions')).execute();
  expect(created).toMatchObject({ status: 201, body: { status: 'idle', response: null } });
  const { session_id: id } = created.body as Session;

  const send = await swagger.operation('POST', '/sessions/{session_id}/messages');
  await send.parameter('session_id', id);
  await send.body({ content: 'hello' });
  expect(await send.execute()).toMatchObject({ status: 202, body: { session_id: id, status: 'running' } });

  // Its example waits.
  const get = await swagger.operation('GET', '/sessions/{session_id}');
  await get.parameter('session_id', id);
  expect(await get.execute()).toMatchObject({
    status: 200,
    body: {
      session_id: id,
      status: 'idle',
      response: { role: 'assistant', content: 'You said: hello' },
      error: null,
    },
  });
}

describe('Swagger UI', () => {
  const running = useServer();
  const opened = usePage(running);

  it(
    'creates a session, sends a message and shows the answer',
    async () => {
      const swagger = await SwaggerPage.open(opened.context, running.server.url);
      await converse(swagger);
      expect(swagger.complaints).toEqual([]);
      expect([...swagger.origins]).toEqual([running.server.url]);
    },
    WALK,
  );

  it('sends the examples unchanged, and the server accepts them', async () => {
    const id = await running.client.newSession();
    const send = await opened.swagger.operation('POST', '/sessions/{session_id}/messages');
    await send.parameter('session_id', id);
    expect(await send.execute()).toMatchObject({ status: 202 });
    expect(await running.client.settled(id)).toMatchObject({ response: { content: 'You said: hello' } });
  });

  it('shows a conversation first, in the order of use, no PUT that is not allowed, and folded schemas', async () => {
    const { page } = opened.swagger;
    const [methods, paths] = await Promise.all(
      ['.opblock-summary-method', '.opblock-summary [data-path]'].map((part) => page.locator(part).all()),
    );
    const shown = await Promise.all(
      (methods ?? []).map(
        async (method, index) =>
          `${await method.innerText()} ${(await paths?.[index]?.getAttribute('data-path')) ?? ''}`,
      ),
    );
    expect(shown.slice(0, 4)).toEqual([
      'POST /sessions',
      'POST /sessions/{session_id}/messages',
      'GET /sessions/{session_id}',
      'GET /sessions/{session_id}/messages',
    ]);
    expect(shown.filter((operation) => operation.startsWith('PUT'))).toEqual([]);
    expect(shown.length).toBeGreaterThan(8);
    expect(await page.locator('section.models.is-open').count()).toBe(0);
    expect(await page.locator('section.models').count()).toBe(1);
  });

  it('asks for no key if none is required', async () => {
    expect(await opened.swagger.page.locator('.authorize').count()).toBe(0);
  });
});

describe('Swagger UI of a server with an API key', () => {
  const running = useServer({ args: ['--api-key', KEY] });
  const opened = usePage(running);

  it(
    'asks for the key, and sends it from then on',
    async () => {
      const { context, swagger } = opened;
      const create = await swagger.operation('POST', '/sessions');
      expect(await create.execute()).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
      // The browser itself logs a 401 as an error.
      expect(swagger.complaints.splice(0)).toEqual([expect.stringContaining('401 (Unauthorized)')]);

      await swagger.authorize(KEY);
      expect(await create.execute()).toMatchObject({ status: 201 });
      expect(swagger.complaints).toEqual([]);

      const later = await SwaggerPage.open(context, running.server.url);
      await converse(later);
      expect(later.complaints).toEqual([]);
      expect([...swagger.origins, ...later.origins]).toEqual([running.server.url, running.server.url]);
    },
    WALK,
  );
});
