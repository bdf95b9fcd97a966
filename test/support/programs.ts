import { build, type PluginBuild, stop } from 'esbuild';
import { stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** As deep below the root as the command line in `dist/`, which reads the version from `../../../package.json`. */
const FOLDER = join(ROOT, 'temp/test/programs');

/** The programs that tests start most, by the names of their bundles. */
const PROGRAMS = {
  main: 'dist/esm/cli/main.js',
  // The command line forks these two by their names.
  'agent-process': 'dist/esm/cli/server/agent-process.js',
  'dev-server': 'dist/esm/cli/dev/dev-server.js',
  // Runs in a thread that loads the file that contains it, which should therefore contain nothing else.
  'watch-parent': 'dist/esm/cli/server/watch-parent.js',
  server: 'test/faults/server.mjs',
  host: 'test/faults/host.mjs',
};

/** What a bundle depends on. The first is the last file that `npm run build` writes. */
const SOURCES = [
  'dist/cjs/package.json',
  'dist/console/page.cjs',
  'test/faults/server.mjs',
  'test/faults/host.mjs',
  'test/faults/orders.mjs',
  'test/support/programs.ts',
  'package-lock.json',
];

/** Not bundled, because they are native, read as files, or needed before all others. */
const EXTERNAL = ['better-sqlite3', 'reflect-metadata', 'swagger-ui-dist'];

/** Packages may call `require`, and decorators need `reflect-metadata`. */
const BANNER = `import 'reflect-metadata';
import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`;

/**
 * Bundles the programs, unless the bundles are up to date or there is no build. A bundle starts with less than half
 * of the processor time that Node needs for the 2,400 files of the build and its dependencies.
 */
export async function bundlePrograms(): Promise<void> {
  const [built = 0, ...others] = await Promise.all(SOURCES.map((file) => timeOf(join(ROOT, file))));
  if (built === 0) return;
  const stamp = join(FOLDER, 'package.json');
  if ((await timeOf(stamp)) <= Math.max(built, ...others)) {
    await bundle();
    await writeFile(stamp, JSON.stringify({ type: 'module' }));
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

async function bundle(): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS,
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: { js: BANNER },
    plugins: [{ name: 'external', setup: leaveExternal }],
  });
  // Its service would stay as long as the run.
  await stop();
}

/** Packages that are not installed are external, too: some hosts of TypeORM and Nest need them. */
function leaveExternal(plugin: PluginBuild): void {
  plugin.onResolve(
    { filter: /^[^./]/ },
    async ({ path, importer, kind, namespace, resolveDir, pluginData }) => {
      if (pluginData === 'asked') return undefined;
      if (EXTERNAL.includes(path)) return { path, external: true };
      const found = await plugin.resolve(path, {
        importer,
        kind,
        namespace,
        resolveDir,
        pluginData: 'asked',
      });
      return found.errors.length > 0 ? { path, external: true } : found;
    },
  );
}
