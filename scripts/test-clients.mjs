/**
 * Tests the UI protocols with the latest releases of their clients, in place of the pinned ones, and with CopilotKit's
 * runtime, which is too large for `devDependencies`. They are installed into a temporary folder.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLIENTS = [
  '@ag-ui/client@latest',
  'ag-ui-client-0@npm:@ag-ui/client@0.0',
  'ai-7@npm:ai@latest',
  'ai@6',
];

const folder = mkdtempSync(join(tmpdir(), 'clients-'));
const clients = join(folder, 'clients');
// Apart, because it brings a version of `@ag-ui/client` of its own.
const copilotKit = join(folder, 'copilotkit');

/** Throws if the command fails. */
function run(command, parameters, options) {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit', ...options });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${status}`);
}

function install(cwd, packages) {
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }');
  const flags = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  run('npm', [...flags, ...packages], { cwd, shell: process.platform === 'win32' });
  run('npm', ['ls', '--depth=0'], { cwd, shell: process.platform === 'win32' });
}

try {
  install(clients, CLIENTS);
  install(copilotKit, ['@copilotkit/runtime@latest']);
  const jest = ['node_modules/jest/bin/jest.js', 'test/clients'];
  run(process.execPath, jest, {
    env: { ...process.env, CLIENTS_FOLDER: clients, COPILOTKIT_FOLDER: copilotKit },
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
