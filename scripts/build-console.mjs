// Bundles the console into one HTML document without references, and writes it as a module, because both formats of
// the package and bundlers can import that: dist/console/page.cjs.
import { build } from 'esbuild';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

const { outputFiles } = await build({
  absWorkingDir: file('.'),
  entryPoints: ['console/main.tsx'],
  outdir: 'dist/console',
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  target: ['es2022'],
  tsconfig: 'console/tsconfig.json',
  // Text outside ASCII would be longer otherwise.
  charset: 'utf8',
  legalComments: 'none',
});
const text = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text.trim();
const template = await readFile(file('console/page.html'), 'utf8');
const page = template
  .replace('<style></style>', () => `<style>${text('.css')}</style>`)
  .replace('<script></script>', () => `<script>${text('.js').replaceAll('</script', '<\\/script')}</script>`);
await mkdir(file('dist/console'), { recursive: true });
await writeFile(file('dist/console/page.cjs'), `exports.PAGE = ${JSON.stringify(page)};\n`);
