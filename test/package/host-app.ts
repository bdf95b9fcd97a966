import { copyFile, cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Server, startServer } from '../support/cli.js';
import { temporaryFolder } from '../support/folders.js';
import { freePort } from '../support/ports.js';
import { install } from './install-host-app.js';
import { run } from './program.js';

/** What a process reports that has loaded the package: its exports, and the changes that loading caused. */
interface Loaded {
  exports: string[];
  changes: string[];
}

/** An application as `nest new` creates it, with the packed package installed. */
export interface HostApp {
  /** Compiles it and the package's declarations, with its own TypeScript; returns what the compiler says. */
  compile(): Promise<string>;
  /** Runs the script `test` of its `package.json`. */
  test(): Promise<string>;
  /** Loads both formats of the package in a process. */
  load(): Promise<{ imported: Loaded; required: Loaded }>;
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
    compile: () =>
      run(process.execPath, [join(import.meta.dirname, 'compile.mjs'), 'tsconfig.build.json'], app),
    test: async () => {
      const manifest = await readFile(join(app, 'package.json'), 'utf8');
      const { scripts } = JSON.parse(manifest) as { scripts: { test: string } };
      return run('sh', ['-c', scripts.test], app);
    },
    load: async () => {
      const loader = 'import-quietly.mjs';
      await copyFile(join(import.meta.dirname, loader), join(app, loader));
      return JSON.parse(await run(process.execPath, [loader], app)) as Awaited<ReturnType<HostApp['load']>>;
    },
    start: async (env) => {
      const port = await freePort();
      const program = [join(app, 'dist/main.js')];
      return startServer([], { cwd: app, port, program, env: { ...env, PORT: String(port) } });
    },
    remove: () => folder.remove(),
  };
}
