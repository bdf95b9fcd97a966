import type { BrowserContext, Locator, Page } from 'playwright-core';

/** Time limit of one step on the page, in ms, including a wait for an agent. */
const PATIENCE = 10_000;

/** What is read of an element in the browser, whose types the tests do not load. */
interface Box {
  scrollWidth: number;
  clientWidth: number;
}

/** The console in a browser. */
export class ConsolePage {
  /** Errors and warnings of the browser's console, violations of the page's policy among them, and exceptions. */
  readonly complaints: string[] = [];
  /** The origins of all requests of the page. */
  readonly origins = new Set<string>();

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) this.origins.add(new URL(request.url()).origin);
    });
  }

  static async open(context: BrowserContext, url: string): Promise<ConsolePage> {
    const console = new ConsolePage(await context.newPage());
    await console.page.goto(url);
    return console;
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  get messageField(): Locator {
    return this.page.getByRole('textbox', { name: 'Message' });
  }

  /** What the assistant has said, one text per message. */
  get answers(): Locator {
    return this.page.getByRole('article', { name: 'assistant' });
  }

  /** The state of the session that is shown. */
  async is(status: string): Promise<void> {
    await this.page.locator('main .session-head').getByText(status, { exact: true }).waitFor();
  }

  /** Begins a session; returns its id. */
  async newSession(): Promise<string> {
    await this.button('New session').click();
    await this.page.waitForURL(/#[\da-f-]{36}$/);
    await this.is('idle');
    return new URL(this.page.url()).hash.slice(1);
  }

  async say(content: string): Promise<void> {
    await this.messageField.fill(content);
    await this.messageField.press('Enter');
  }

  async openTab(name: string): Promise<Locator> {
    await this.page.getByRole('tab', { name }).click();
    return this.page.getByRole('tabpanel', { name });
  }

  /** Whether neither the page nor a part of it scrolls sideways; tables may, in a box of their own. */
  async fitsWidth(): Promise<boolean> {
    return this.page
      .locator('html, nav, main, .panel, .conversation')
      .evaluateAll((boxes: Box[]) =>
        boxes.every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth),
      );
  }
}
