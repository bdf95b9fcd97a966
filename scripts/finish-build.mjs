// The CommonJS output gets the declarations of the other, and declares its module type, because the package as a whole
// is ES modules; the command line becomes executable.
import { chmod, copyFile, readdir, readFile, writeFile } from 'node:fs/promises';

for (const name of await readdir('dist/cjs', { recursive: true })) {
  if (!name.endsWith('.js')) continue;
  const declarations = name.replace(/js$/, 'd.ts');
  await copyFile(`dist/esm/${declarations}`, `dist/cjs/${declarations}`);
}
await writeFile('dist/cjs/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);
// That package.json has no imports, and may have none that leave its folder.
const consoleDocument = 'dist/cjs/http/console/console-document.js';
const source = await readFile(consoleDocument, 'utf8');
await writeFile(consoleDocument, source.replace('#console-page', '../../../console/page.cjs'));
await chmod('dist/esm/cli/main.js', 0o755);
