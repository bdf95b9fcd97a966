// Lints the OpenAPI documents of the built server: the one without an API key and the one with it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { startServer } from '../test/support/cli.ts';
import { temporaryFolder } from '../test/support/folders.ts';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Time limit of one step in ms; far more than it needs, so that nothing waits for ever. */
const PATIENCE = 60_000;

const folder = await temporaryFolder();
try {
  const documents = [
    await writeDocument('openapi', []),
    await writeDocument('openapi-with-key', ['--api-key', 'key']),
  ];
  process.exitCode = await lint(documents);
} finally {
  await folder.remove();
}

/** Starts a server with these arguments, writes its document into the folder and returns the file's path. */
async function writeDocument(name, args) {
  const server = await startServer([file('demo/agent.mjs'), ...args], { cwd: folder.path });
  try {
    const response = await fetch(`${server.url}/docs-json`, { signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) throw new Error(`GET /docs-json answered ${response.status}`);
    const path = join(folder.path, `${name}.json`);
    // Formatted, so that the line number of a problem leads to it.
    await writeFile(path, JSON.stringify(await response.json(), null, 2));
    return path;
  } finally {
    await server.stop();
  }
}

/** The exit code of Redocly, configured to make no network requests. */
async function lint(documents) {
  const redocly = file('node_modules/@redocly/cli/bin/cli.js');
  const child = spawn(process.execPath, [redocly, 'lint', '--config', file('redocly.yaml'), ...documents], {
    stdio: 'inherit',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_NOTIFICATIONS: 'true' },
    timeout: PATIENCE,
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
