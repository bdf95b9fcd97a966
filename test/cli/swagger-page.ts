import type { BrowserContext, Locator, Page } from 'playwright-core';

/** Time limit of one step on the page, in ms, including a wait for an agent. */
const PATIENCE = 15_000;

/** The response of an operation, as the page shows it. */
export interface Shown {
  status: number;
  body: unknown;
}

/** Swagger UI in a browser. */
export class SwaggerPage {
  /** Errors and warnings of the console, and exceptions. */
  readonly complaints: string[] = [];
  /** The origins of all requests of the page. */
  readonly origins = new Set<string>();

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => this.origins.add(new URL(request.url()).origin));
  }

  static async open(context: BrowserContext, url: string): Promise<SwaggerPage> {
    const swagger = new SwaggerPage(await context.newPage());
    await swagger.page.goto(`${url}/docs`);
    await swagger.page.locator('.opblock').first().waitFor();
    return swagger;
  }

  /** The section of one operation, expanded and ready for "Try it out". */
  async operation(method: string, path: string): Promise<Operation> {
    const block = this.page
      .locator('.opblock')
      .filter({ has: this.page.locator(`.opblock-summary-method:text-is("${method}")`) })
      .filter({ has: this.page.locator(`[data-path="${path}"]`) });
    await block.locator('.opblock-summary-control').click();
    await block.getByRole('button', { name: 'Try it out' }).click();
    await block.locator('.execute').waitFor();
    return new Operation(block);
  }

  /** Enters the server's key. */
  async authorize(key: string): Promise<void> {
    await this.page.locator('.auth-wrapper .authorize').click();
    const dialog = this.page.locator('.dialog-ux');
    await dialog.locator('input').fill(key);
    await dialog.locator('button[type=submit]').click();
    await dialog.locator('.btn-done').click();
  }
}

/** One operation on the page. */
export class Operation {
  constructor(readonly block: Locator) {}

  /** Fills in a parameter or selects its value. */
  async parameter(name: string, value: string): Promise<this> {
    const row = this.block.locator(`tr[data-param-name="${name}"]`);
    const choice = row.locator('select');
    if ((await choice.count()) > 0) await choice.selectOption(value);
    else await row.locator('input').fill(value);
    return this;
  }

  /** Replaces the request's body. */
  async body(value: unknown): Promise<this> {
    await this.block.locator('textarea.body-param__text').fill(JSON.stringify(value));
    return this;
  }

  /** Sends the request; returns what the page then shows. */
  async execute(): Promise<Shown> {
    // Clears the previous response, so that it is not read for the next one.
    const clear = this.block.locator('.btn-clear');
    if ((await clear.count()) > 0) await clear.click();
    await this.block.locator('.execute').click();
    const answer = this.block.locator('.live-responses-table tbody tr.response').first();
    await answer.waitFor();
    const status = await answer.locator('.response-col_status').innerText();
    const body = await answer.locator('.highlight-code code').first().innerText();
    return { status: Number.parseInt(status, 10), body: JSON.parse(body) };
  }
}
