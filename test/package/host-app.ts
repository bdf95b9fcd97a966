import { copyFile, cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Server, startServer } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { freePort } from '../support/ports.js';
import { run } from './program.js';
import { ROOT } from './tarball.js';

/**
 * An application as `nest new` creates it, with the packed package installed. It is built by the compiler that
 * `nest build` calls, because the Nest CLI would be a third of the installation.
 */
export interface HostApp {
  /** Runs a program in its folder, and returns its output. */
  run(program: string, ...args: string[]): Promise<string>;
  /** Loads the package in a process, which reports its exports and the changes that loading caused. */
  load(how: 'import' | 'require'): Promise<{ exports: string[]; changes: string[] }>;
  /** Starts what was built. */
  start(env: NodeJS.ProcessEnv): Promise<Server>;
  remove(): Promise<void>;
}

/** Installs a copy of an application under `apps/` as a user would, with the package from its tarball. */
export async function installHostApp(name: string, tarball: string): Promise<HostApp> {
  const folder = await temporaryFolder();
  const app = join(folder.path, name);
  await cp(join(import.meta.dirname, 'apps', name), app, { recursive: true });
  await install(app, tarball);
  return {
    run: (program, ...args) => run(program, args, app),
    load: async (how) => {
      const loader = 'import-quietly.mjs';
      await copyFile(join(import.meta.dirname, loader), join(app, loader));
      return JSON.parse(await run(process.execPath, [loader, how], app)) as Awaited<
        ReturnType<HostApp['load']>
      >;
    },
    start: async (env) => {
      const port = await freePort();
      const program = [join(app, 'dist/main.js')];
      return startServer([], { cwd: app, port, program, env: { ...env, PORT: String(port) } });
    },
    remove: () => folder.remove(),
  };
}

/** Without install scripts: better-sqlite3 would compile for a minute what the repository has compiled already. */
async function install(app: string, tarball: string): Promise<void> {
  const driver = 'node_modules/better-sqlite3';
  const { version } = JSON.parse(await readFile(join(ROOT, driver, 'package.json'), 'utf8')) as {
    version: string;
  };
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', tarball, `better-sqlite3@${version}`, ...options], app);
  const compiled = join(driver, 'build/Release');
  await mkdir(join(app, compiled), { recursive: true });
  await copyFile(join(ROOT, compiled, 'better_sqlite3.node'), join(app, compiled, 'better_sqlite3.node'));
}
