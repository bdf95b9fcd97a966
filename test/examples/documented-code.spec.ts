import { describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ROOT } from '../package/tarball.js';

const text = (file: string) => readFile(join(ROOT, file), 'utf8');

/** Without indentation, because a page may show a method without its class. */
const lines = (code: string) => `\n${code.trim().replace(/^ +/gm, '')}\n`;

/** The pages of documentation, from the repository's root. */
const pages = [
  'README.md',
  ...(await readdir(join(ROOT, 'docs'))).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
];

/** Blocks of code that begin with the path of an example: they show that file, or whole lines of it. */
const blocks = (
  await Promise.all(
    pages.map(async (page) => {
      const found = (await text(page)).matchAll(/^```\w+\n(?:\/\/|#) (examples\/\S+)\n(.*?)^```$/gms);
      return [...found].map(([, file = '', code = '']) => ({ page, file, code }));
    }),
  )
).flat();

describe('code of examples in the documentation', () => {
  it('is found', () => {
    expect(blocks.length).toBeGreaterThan(5);
  });

  it.each(blocks)('$page shows $file as it is', async ({ file, code }) => {
    expect(lines(await text(file))).toContain(lines(code));
  });
});
