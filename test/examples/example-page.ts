import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

import type { Agent } from '../../src/index.js';
import { ROOT } from '../package/tarball.js';
import { BROWSER_TIMEOUT_MS, launchBrowser } from '../support/chromium.js';
import { expressStacks, startApp, type TestApp } from '../support/stacks.js';
import { until } from '../support/until.js';
import { servePage } from './page.js';

const ASKED = 'You want: my money. I look at the order first. ';

/** An example of a page, and how its library shows a conversation. */
export interface ExamplePage {
  /** The name of its folder. */
  example: string;
  /** The option that mounts its route. */
  option: 'agUi' | 'aiSdk';
  route: string;
  /** Packages that stand in for those that it imports. */
  alias?: Record<string, string>;
  /** The field for a message. */
  field: string;
  /** Selects the tool calls to compare; the first has a result. */
  toolCalls: string;
  /** How many there are while an approval waits. */
  callsAtApproval: number;
}

/** What every example of a page has to do with the agent of `use-chat`. */
export function describeExamplePage(title: string, shown: ExamplePage): void {
  let browser: Browser;
  let files: Server;
  beforeAll(async () => {
    [browser, files] = await Promise.all([launchBrowser(), servePage(shown.example, shown.alias ?? {})]);
  }, BROWSER_TIMEOUT_MS);
  afterAll(async () => {
    files.close();
    await browser.close();
  });

  describe.each(expressStacks)(`the example of a page with ${title} on $name`, (stack) => {
    let app: TestApp;
    beforeAll(async () => {
      const path = join(ROOT, 'examples/use-chat/agent.mjs');
      const { default: agent } = (await import(path)) as { default: Agent['runTurn'] };
      const configure = (host: { enableCors(): void }) => {
        host.enableCors();
      };
      app = await startApp(stack, { agent, [shown.option]: true, configure });
    });
    afterAll(() => app.close());

    async function open(): Promise<Page> {
      const page = await browser.newPage();
      const { port } = files.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/?api=${encodeURIComponent(`${app.url}${shown.route}`)}`);
      return page;
    }

    async function send(page: Page, text: string) {
      await page.waitForSelector('text=Send');
      await page.fill(shown.field, text);
      await page.click('text=Send');
    }

    /** A library may show a question some time before the text that precedes it. */
    async function waitForAnswer(page: Page, answer: string) {
      const texts = page.locator('.assistant .text');
      const isShown = async () => (await texts.allTextContents()).join('|') === answer;
      await until(isShown, { what: `the answer "${answer}" on the page` });
    }

    it('loses and repeats nothing when it is reloaded in mid-stream, and asks for an approval', async () => {
      const page = await open();
      await send(page, 'my money');
      await page.waitForSelector('text=I look');
      await page.reload();
      await page.waitForSelector('text=Approve');
      await waitForAnswer(page, ASKED);
      expect(await page.locator('.user').allTextContents()).toEqual(['my money']);
      const calls = await page.locator(shown.toolCalls).allTextContents();
      expect(calls[0]).toBe('find_order {"id":7} {"id":7,"price":30}');
      expect(calls).toHaveLength(shown.callsAtApproval);
      await page.reload();
      await page.click('text=Approve');
      await page.waitForSelector('text=The money is on its way.');
      await waitForAnswer(page, `${ASKED}|The money is on its way.`);
      await page.waitForSelector('text=Send');
      await page.reload();
      await page.waitForSelector('text=The money is on its way.');
      await waitForAnswer(page, `${ASKED}|The money is on its way.`);
      expect(await page.locator('.tool').count()).toBe(2);
      await page.close();
    }, 60_000);

    it('stops a turn by its button', async () => {
      const page = await open();
      await send(page, 'my money');
      await page.waitForSelector('text=You want');
      await page.click('text=Stop');
      await page.waitForSelector('text=Send');
      const [session] = await app.sessions.list({ order: 'updated', limit: 1 });
      expect(session?.status).toBe('error');
      await page.close();
    }, 60_000);
  });
}
