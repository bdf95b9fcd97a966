import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { run } from './program.js';
import { pack } from './tarball.js';

let folder: TemporaryFolder;
let files: string[];
beforeAll(async () => {
  folder = await temporaryFolder();
  await run('tar', ['-xzf', await pack(folder.path)], folder.path);
  const entries = await readdir(join(folder.path, 'package'), { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder.path, 'package/').length));
});
afterAll(() => folder.remove());

const text = (file: string) => readFile(join(folder.path, 'package', file), 'utf8');

/** The files whose text is not as it should be. */
async function filesWhere(
  chosen: string[],
  isWrong: (text: string, file: string) => boolean,
): Promise<string[]> {
  const texts = await Promise.all(chosen.map(text));
  return chosen.filter((file, index) => isWrong(texts[index] ?? '', file));
}

describe('the tarball', () => {
  it('holds what is built, its papers and nothing else', () => {
    const papers = files.filter((file) => !file.startsWith('dist/'));
    expect(papers.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    const built = /^dist\/(esm|cjs)\/[a-z0-9/.-]+\.(js|js\.map|d\.ts)$/;
    expect(files.filter((file) => file.startsWith('dist/') && !built.test(file))).toEqual([
      'dist/cjs/package.json',
    ]);
  });

  it('has every module as ES module and as CommonJS, the command line as ES modules only', () => {
    const half = (format: string) =>
      files
        .filter((file) => file.startsWith(`dist/${format}/`))
        .map((file) => file.slice('dist/esm/'.length));
    expect(
      half('cjs')
        .filter((file) => file !== 'package.json')
        .sort(),
    ).toEqual(
      half('esm')
        .filter((file) => !file.startsWith('cli/'))
        .sort(),
    );
    expect(half('esm').some((file) => file.startsWith('cli/'))).toBe(true);
  });

  it('declares the same types in both formats', async () => {
    const declarations = files.filter((file) => /^dist\/cjs\/.*\.d\.ts$/.test(file));
    const others = await Promise.all(declarations.map((file) => text(file.replace('/cjs/', '/esm/'))));
    expect(await filesWhere(declarations, (own, file) => own !== others[declarations.indexOf(file)])).toEqual(
      [],
    );
  });

  it('brings its sources within the source maps', async () => {
    const maps = files.filter((file) => file.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(0);
    const withoutSource = (map: string) => {
      const { sources, sourcesContent = [] } = JSON.parse(map) as {
        sources: string[];
        sourcesContent?: (string | null)[];
      };
      return sources.length === 0 || sources.some((_, index) => !sourcesContent[index]);
    };
    expect(await filesWhere(maps, withoutSource)).toEqual([]);
    const scripts = files.filter((file) => file.endsWith('.js'));
    const withoutMap = (script: string, file: string) =>
      !script.includes(`\n//# sourceMappingURL=${file.split('/').at(-1) ?? ''}.map`);
    expect(await filesWhere(scripts, withoutMap)).toEqual([]);
  });

  it('speaks of no folder that is not in it', async () => {
    const built = files.filter((file) => file.startsWith('dist/'));
    expect(await filesWhere(built, (code) => /\b(test|bench|demo|examples|scripts)\//.test(code))).toEqual(
      [],
    );
  });
});
