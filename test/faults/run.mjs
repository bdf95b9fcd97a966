// Runs the fault tests at length and prints a table of the results: npm run faults. Further arguments go to Jest, as
// in `npm run faults -- -t Redis`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = await mkdtemp(join(tmpdir(), 'faults-'));
const report = join(folder, 'report.jsonl');

const jest = 'node_modules/jest/bin/jest.js';
const tests = ['--testPathPatterns', 'test/faults/', 'test/e2e/model'];
const run = spawn(process.execPath, [jest, ...process.argv.slice(2), ...tests], {
  cwd: join(import.meta.dirname, '../..'),
  env: { FAULTS_SCALE: '4', ...process.env, FAULTS_REPORT: report },
  stdio: 'inherit',
});
// Jest stops the processes of its tests; the results until then are still printed.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => run.kill(signal));
const [code] = await once(run, 'close');

console.table(readRows());
await rm(folder, { recursive: true });
process.exitCode = code ?? 1;

/** The results of each case, by name: Jest runs several files at the same time. */
function readRows() {
  if (!existsSync(report)) return [];
  const lines = readFileSync(report, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line)).sort((a, b) => a.case.localeCompare(b.case));
}
