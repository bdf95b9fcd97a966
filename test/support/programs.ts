import { spawn } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { outcomeOf } from './child-outcome.js';
import { bundle, FOLDER, ROOT } from './program-bundle.js';

/** The programs that tests start most, by the names of their bundles. */
const PROGRAMS = {
  main: 'dist/esm/cli/main.js',
  // The command line forks these two by their names.
  'agent-process': 'dist/esm/cli/server/agent-process.js',
  'dev-server': 'dist/esm/cli/dev/dev-server.js',
  'isolating-parent': 'test/cli/isolating-parent.mjs',
  server: 'test/faults/server.mjs',
  host: 'test/faults/host.mjs',
  'stopping-host': 'test/faults/stopping-host.mjs',
};

/** What the bundle depends on. The first is the last file that `npm run build` writes. */
const SOURCES = [
  'dist/cjs/package.json',
  'dist/console/page.cjs',
  'test/cli/isolating-parent.mjs',
  'test/faults/server.mjs',
  'test/faults/host.mjs',
  'test/faults/stopping-host.mjs',
  'test/faults/orders.mjs',
  'test/support/programs.ts',
  'test/support/program-bundle.ts',
  'test/support/program-loader.cjs',
  'package-lock.json',
];

/**
 * Bundles the programs, unless the bundle is up to date or there is no build. A start then takes a quarter of the
 * processor time that Node needs for the 2,400 files of the build and its dependencies.
 */
export async function bundlePrograms(): Promise<void> {
  const [built = 0, ...others] = await Promise.all(SOURCES.map((file) => timeOf(join(ROOT, file))));
  if (built === 0) return;
  const stamp = join(FOLDER, 'stamp');
  if ((await timeOf(stamp)) <= Math.max(built, ...others)) {
    await bundle(PROGRAMS);
    await compile();
    await writeFile(stamp, '');
  }
  // Workers inherit the environment.
  process.env.TEST_PROGRAMS = FOLDER;
}

/**
 * The bundle of a program, or its own file if there is no bundle. Agents that a bundle loads must not import Nest or
 * the package, because they would load a second copy.
 */
export function bundled(file: string): string {
  const { TEST_PROGRAMS: folder } = process.env;
  const [name] = Object.entries(PROGRAMS).find(([, path]) => path === relative(ROOT, file)) ?? [];
  return folder && name ? join(folder, `${name}.js`) : file;
}

/** When the file was written, in ms; 0 if it does not exist. */
async function timeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** Starts a server, whose compiled functions all later starts use. */
async function compile(): Promise<void> {
  const agent = join(ROOT, 'test/faults/agents/fault-agent.mjs');
  const child = spawn(process.execPath, ['main.js', 'start', agent, '--port', '0'], {
    cwd: FOLDER,
    env: { ...process.env, TEST_PROGRAMS_COMPILE: 'yes' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => child.kill());
  const { code, stderr } = await outcomeOf(child);
  if (code !== 0) throw new Error(`The bundle did not start:\n${stderr}`);
}
