import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { run } from './program.js';
import { ROOT } from './tarball.js';

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)));
}

/** The anchors of a page's headings, as GitHub and npm make them. */
function anchors(page: string): string[] {
  const headings = page.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** What the tarball contains. */
export function describeTarball(tarball: () => string): void {
  let folder: TemporaryFolder;
  let files: string[];
  beforeAll(async () => {
    folder = await temporaryFolder();
    await run('tar', ['-xzf', tarball()], folder.path);
    files = await filesBelow(join(folder.path, 'package'));
  });
  afterAll(() => folder.remove());

  const text = (file: string) => readFile(join(folder.path, 'package', file), 'utf8');

  /** The files whose text fails the check. */
  async function filesWhere(
    chosen: string[],
    isWrong: (text: string, file: string) => boolean,
  ): Promise<string[]> {
    const texts = await Promise.all(chosen.map(text));
    return chosen.filter((file, index) => isWrong(texts[index] ?? '', file));
  }

  it('contains its documents and the compiled sources, once per format, and nothing else', async () => {
    const sources = (await filesBelow(join(ROOT, 'src'))).map((file) => file.replace(/\.ts$/, ''));
    const made = (format: string, names: string[]) =>
      names.flatMap((name) => ['.js', '.js.map', '.d.ts'].map((end) => `dist/${format}/${name}${end}`));
    const folders = ['docs', 'demo', 'examples'];
    const documents = (
      await Promise.all(
        folders.map(async (name) => (await filesBelow(join(ROOT, name))).map((file) => `${name}/${file}`)),
      )
    )
      .flat()
      .filter((file) => !/\/(dist\/|schema\.d\.ts$)/.test(file));
    const importable = sources.filter((name) => !name.startsWith('cli/'));
    expect(files.sort()).toEqual(
      [
        ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'bench/README.md', 'bench/chart.svg'],
        ...['package.json', 'dist/cjs/package.json', 'dist/console/page.cjs'],
        'etc/nestjs-agent-sessions.public.api.md',
        ...documents,
        ...made('esm', sources),
        ...made('cjs', importable),
      ].sort(),
    );
  });

  it('contains what its documents link to', async () => {
    const pages = files.filter((file) => file.endsWith('.md'));
    expect(pages).toContain('docs/front-ends.md');
    const broken = await Promise.all(
      pages.map(async (page) => {
        const links = [...(await text(page)).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
        const wrong = await Promise.all(
          links.map(async ([link, path = '', anchor]) => {
            const target = path ? join(dirname(page), path) : page;
            if (!files.includes(target)) return `${page}: ${link}`;
            return !anchor || anchors(await text(target)).includes(anchor) ? [] : `${page}: ${link}`;
          }),
        );
        return wrong.flat();
      }),
    );
    expect(broken.flat()).toEqual([]);
  });

  it('declares the same types in both formats', async () => {
    const declarations = files.filter((file) => /^dist\/cjs\/.*\.d\.ts$/.test(file));
    const others = await Promise.all(declarations.map((file) => text(file.replace('/cjs/', '/esm/'))));
    expect(await filesWhere(declarations, (own, file) => own !== others[declarations.indexOf(file)])).toEqual(
      [],
    );
  });

  it('includes its sources in the source maps', async () => {
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
    const scripts = files.filter((file) => /^dist\/.*\.js$/.test(file));
    const withoutMap = (script: string, file: string) =>
      !script.includes(`\n//# sourceMappingURL=${file.split('/').at(-1) ?? ''}.map`);
    expect(await filesWhere(scripts, withoutMap)).toEqual([]);
  });

  it('refers to no folder outside of it', async () => {
    const built = files.filter((file) => file.startsWith('dist/'));
    expect(await filesWhere(built, (code) => /\b(test|bench|demo|examples|scripts)\//.test(code))).toEqual(
      [],
    );
  });
}
