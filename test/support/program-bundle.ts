import { build, type Plugin, type PluginBuild, stop, transform } from 'esbuild';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** As deep below the root as the command line in `dist/`, which reads the version from `../../../package.json`. */
export const FOLDER = join(ROOT, 'temp/test/programs');

const LOADER = join(import.meta.dirname, 'program-loader.cjs');

/** Runs in a thread that loads the file that contains it, which should therefore contain nothing else. */
const WATCH_PARENT = 'dist/esm/cli/server/watch-parent.js';

/** Not bundled, because they are native or read as files. */
const EXTERNAL = ['better-sqlite3', 'swagger-ui-dist'];

/** What a script has in place of `import.meta`. */
const META = {
  'import.meta.url': 'importMetaUrl',
  'import.meta.filename': '__filename',
  'import.meta.dirname': '__dirname',
};
const BANNER = 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;';

/** Programs that share a script, by their names. */
type Programs = Record<string, string>;

/** Writes each script, with its programs and their packages, and for each program a file that runs it. */
export async function bundle(scripts: Record<string, Programs>): Promise<void> {
  const all = Object.entries(scripts);
  const [watchParent, ...contents] = await Promise.all([
    toScript(`export * from './${WATCH_PARENT}';`),
    ...all.map(([, programs]) => toScript(entryOf(programs))),
  ]);
  // Its service would stay as long as the run.
  await stop();
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  await Promise.all([
    writeFile(join(FOLDER, 'package.json'), JSON.stringify({ type: 'commonjs' })),
    writeFile(join(FOLDER, 'watch-parent.js'), watchParent),
    ...all.map(([script], index) => writeFile(join(FOLDER, `${script}.js`), contents[index] ?? '')),
    ...all.flatMap(([script, programs]) => Object.keys(programs).map((name) => writeProgram(script, name))),
  ]);
}

function entryOf(programs: Programs): string {
  const imports = Object.entries(programs).map(([name, path]) => `'${name}': () => import('./${path}')`);
  return `export const programs = {${imports.join(',\n')}};`;
}

async function writeProgram(script: string, name: string): Promise<void> {
  await writeFile(
    join(FOLDER, `${name}.js`),
    `#!/usr/bin/env node\nrequire(${JSON.stringify(LOADER)})(__dirname, '${script}', '${name}');\n`,
    { mode: 0o755 },
  );
}

/** Bundles to an ES module, because only that can await at its top level, and makes a script of the result. */
async function toScript(contents: string): Promise<string> {
  const options = { platform: 'node', target: 'node20', legalComments: 'none', logLevel: 'error' } as const;
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: ROOT,
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    write: false,
    keepNames: true,
    format: 'esm',
    plugins: [external],
  });
  const { code } = await transform(outputFiles[0]?.text ?? '', {
    ...options,
    format: 'cjs',
    define: META,
    banner: BANNER,
    minifyWhitespace: true,
    // Node prints the line of an uncaught error.
    lineLimit: 120,
  });
  return (
    code
      // What is not bundled, such as an agent. A script that comes from the code cache cannot import.
      .replaceAll(/(?<![.\w$])import\(/g, 'nodeImport(')
      // Node reads ASCII faster.
      .replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  );
}

const external: Plugin = {
  name: 'external',
  setup(plugin) {
    leaveExternal(plugin);
    // It would load a second copy of TypeORM to find what TypeORM no longer has.
    plugin.onLoad({ filter: /@nestjs\/typeorm\/dist\/common\/typeorm-compat\.js$/ }, () => ({
      contents: 'export const Connection = undefined; export const AbstractRepository = undefined;',
    }));
  },
};

/** Packages that are not installed are external, too: some hosts of TypeORM and Nest need them. */
function leaveExternal(plugin: PluginBuild): void {
  plugin.onResolve({ filter: /\/watch-parent\.js$/ }, ({ importer }) =>
    importer.endsWith('<stdin>') ? undefined : { path: join(FOLDER, 'watch-parent.js'), external: true },
  );
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
