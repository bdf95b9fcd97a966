import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { run } from './program.js';
import { ROOT } from './tarball.js';

const MAX_BYTES = 8 * 1024;

/** What a browser would get. */
async function bundle(format: 'esm' | 'cjs'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'dist', format, 'client/index.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}

/** The declarations that a file needs, itself included, and the packages that they name. */
async function needs(file: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(file)) return found;
  found.add(file);
  const text = await readFile(file, 'utf8');
  const names = [...text.matchAll(/(?:from |import\()'([^']+)'|<reference ([^>]*)>/g)];
  for (const [, name, reference] of names) {
    if (name?.startsWith('.')) await needs(resolve(dirname(file), name.replace(/\.js$/, '.d.ts')), found);
    else found.add(name ?? reference ?? '');
  }
  return found;
}

describe('the client', () => {
  /** A folder in which nothing but the package is installed, without its dependencies. */
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const installed = join(folder.path, 'node_modules/nestjs-agent-sessions');
    await mkdir(installed, { recursive: true });
    await cp(join(ROOT, 'package.json'), join(installed, 'package.json'));
    await cp(join(ROOT, 'dist'), join(installed, 'dist'), { recursive: true });
  });
  afterAll(() => folder.remove());

  it.each([
    ['ES modules', ['--input-type=module', '-e'], "import * as c from 'nestjs-agent-sessions/client';"],
    ['CommonJS', ['--input-type=commonjs', '-e'], "const c = require('nestjs-agent-sessions/client');"],
  ])('is imported as %s where nothing else is installed', async (_, flags, importing) => {
    const program = `${importing}
      const client = c.createClient({ baseUrl: 'http://127.0.0.1:1' });
      console.log(Object.keys(c).sort().join(), typeof client.ask);`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...flags, program], {
      cwd: folder.path,
    });
    expect([stdout, stderr]).toEqual(['AgentSessionsError,createClient function\n', '']);
  });

  it.each(['esm', 'cjs'] as const)(
    'has declarations in the %s build that need no package',
    async (format) => {
      const base = join(ROOT, 'dist', format);
      const files = [...(await needs(join(base, 'client/index.d.ts')))].map((file) => relative(base, file));
      expect(files.filter((file) => file.startsWith('..') || !file.endsWith('.d.ts'))).toEqual([]);
      expect(files).toContain('sessions/session.d.ts');
    },
  );

  it('has types for each way to resolve modules, with and without the DOM', async () => {
    const program = `import { createClient, type Session } from 'nestjs-agent-sessions/client';
      const client = createClient({ baseUrl: '/api' });
      export const ask = async (): Promise<Session> => client.ask((await client.create()).session_id, 'hello');
      // @ts-expect-error: there is no such method
      client.nothing();`;
    const common = {
      target: 'ES2023',
      typeRoots: [join(ROOT, 'node_modules/@types')],
      strict: true,
      noEmit: true,
      ignoreDeprecations: '6.0',
    };
    const ways = [
      { module: 'NodeNext', moduleResolution: 'NodeNext', types: ['node'], lib: ['ES2023'] },
      { module: 'ESNext', moduleResolution: 'Bundler', types: [], lib: ['ES2023', 'DOM'] },
      { module: 'CommonJS', moduleResolution: 'node10', types: ['node'], lib: ['ES2023'] },
    ];
    const projects = await Promise.all(
      ways.map(async (way) => {
        const project = join(folder.path, way.moduleResolution);
        await mkdir(project);
        await writeFile(join(project, 'app.ts'), program);
        const config = join(project, 'tsconfig.json');
        await writeFile(config, JSON.stringify({ compilerOptions: { ...common, ...way } }));
        return config;
      }),
    );
    const compiler = join(import.meta.dirname, 'compile.mjs');
    await expect(run(process.execPath, [compiler, ...projects], ROOT)).resolves.toBe('');
  }, 60_000);

  it('is smaller than 8 KB as a bundle for browsers, compressed', async () => {
    for (const format of ['esm', 'cjs'] as const) {
      expect(gzipSync(await bundle(format)).length).toBeLessThan(MAX_BYTES);
    }
  });
});
