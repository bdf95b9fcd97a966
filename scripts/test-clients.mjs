/**
 * Tests the UI protocols with the latest releases of their clients in place of the pinned ones: a release that no
 * longer works with the server is noticed here first. Afterwards the pinned versions are installed again.
 */
import { spawnSync } from 'node:child_process';

const LATEST = ['@ag-ui/client@latest', 'ai-7@npm:ai@latest', 'ai@6', '@ai-sdk/react@latest'];

function run(command, ...parameters) {
  const { status } = spawnSync(command, parameters, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return status ?? 1;
}

const installed = run('npm', 'install', '--no-save', '--no-audit', '--no-fund', ...LATEST);
const tested =
  installed === 0 ? run(process.execPath, 'node_modules/jest/bin/jest.js', 'test/clients') : installed;
if (run('npm', 'install', '--no-save', '--no-audit', '--no-fund') !== 0) console.error('Run npm ci again');
process.exitCode = tested;
