import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { outcomeOf } from './child-outcome.js';
import { bundle, FOLDER, ROOT } from './program-bundle.js';

/** The programs that tests start most: by their scripts, and by the names of their files. */
const SCRIPTS = {
  programs: {
    main: 'dist/esm/cli/main.js',
    // The command line forks it by its name.
    'dev-server': 'dist/esm/cli/dev/dev-server.js',
    'isolating-parent': 'test/cli/isolating-parent.mjs',
    server: 'test/faults/server.mjs',
    host: 'test/faults/host.mjs',
    'stopping-host': 'test/faults/stopping-host.mjs',
  },
  // Forked by its name, too, and started for each turn: a script of its own, because it needs little of the other.
  agent: { 'agent-process': 'dist/esm/cli/server/agent-process.js' },
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
    await bundle(SCRIPTS);
    await Promise.all([compilePrograms(), compileAgent()]);
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
  const programs = Object.values(SCRIPTS).flatMap((script) => Object.entries(script));
  const [name] = programs.find(([, path]) => path === relative(ROOT, file)) ?? [];
  return folder && name ? join(folder, `${name}.js`) : file;
}

/** When the file was written, in ms; 0 if it does not exist. */
async function timeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

const COMPILE = { TEST_PROGRAMS_COMPILE: 'yes' };

/** Starts a server, whose compiled functions all later starts use. */
async function compilePrograms(): Promise<void> {
  const agent = join(ROOT, 'test/faults/agents/fault-agent.mjs');
  const child = spawn(process.execPath, ['main.js', 'start', agent, '--port', '0'], {
    cwd: FOLDER,
    env: { ...process.env, ...COMPILE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.once('data', () => child.kill());
  const { code, stderr } = await outcomeOf(child);
  if (code !== 0) throw new Error(`The bundle did not start:\n${stderr}`);
}

/** The same for an agent's process, which its parent would kill. */
async function compileAgent(): Promise<void> {
  const agent = join(FOLDER, 'exiting-agent.mjs');
  await writeFile(agent, 'process.exit();');
  const child = fork(join(FOLDER, 'agent-process.js'), [agent], {
    env: { ...process.env, ...COMPILE },
    // The last pipe shows the child that its parent lives.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The agent of the bundle did not start');
}
