// Takes the screenshots of docs/images/ of the built console, with the demo agent.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { createClient } from '../dist/esm/client/index.js';
import { launchBrowser } from '../test/support/chromium.ts';
import { startServer } from '../test/support/cli.ts';
import { temporaryFolder } from '../test/support/folders.ts';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const SCREENSHOTS = [
  { name: 'console', colorScheme: 'light', viewport: { width: 1000, height: 780 } },
  { name: 'console-phone', colorScheme: 'dark', viewport: { width: 360, height: 640 } },
];

const folder = await temporaryFolder();
const server = await startServer([file('demo/agent.mjs')], { cwd: folder.path });
const browser = await launchBrowser();
try {
  const id = await fill(createClient({ baseUrl: server.url }));
  await mkdir(file('docs/images'), { recursive: true });
  for (const { name, ...options } of SCREENSHOTS) {
    const page = await browser.newPage({ ...options, locale: 'en-GB' });
    await page.goto(`${server.url}/#${id}`);
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    await page.getByRole('textbox', { name: 'Message' }).focus();
    // What has come scrolls into view with the next frame.
    await page.evaluate('new Promise((done) => setTimeout(done, 500))');
    await page.screenshot({ path: file(`docs/images/${name}.png`) });
  }
} finally {
  await browser.close();
  await server.stop();
  await folder.remove();
}
/** Creates sessions of each kind; returns the one to show. */
async function fill(client) {
  const session = async (title, ...messages) => {
    const { session_id: id } = await client.create({ metadata: { title } });
    for (const message of messages) await client.ask(id, message);
    return id;
  };
  await session('Parcel 4711 is late', 'hello');
  await session('Refund of an order', 'fail');
  const slow = await session('A long report');
  await client.send(slow, 'slow 600');
  return session('Lunch for the team', 'weather Paris', 'approve lunch');
}
