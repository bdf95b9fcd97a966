import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';

import { BROWSER_TIMEOUT_MS, launchBrowser } from '../support/chromium.js';
import { ConsolePage } from './console-page.js';

/** A browser for all tests of a file, and an empty context of it for each test. */
export interface OpenedBrowser {
  context: BrowserContext;
  /** Opens a page in a context of its own, for example with another size. */
  openWith: (options: BrowserContextOptions, url: string) => Promise<ConsolePage>;
}

export function useBrowser(): OpenedBrowser {
  let browser: Browser;
  const opened = {
    openWith: async (options, url) => ConsolePage.open(await browser.newContext(options), url),
  } as OpenedBrowser;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, BROWSER_TIMEOUT_MS);
  afterAll(() => browser.close());
  beforeEach(async () => {
    opened.context = await browser.newContext();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  return opened;
}
