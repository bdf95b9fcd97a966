import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What can be imported from the package. */
const ENTRIES = ['index.ts', 'client/index.ts'].map((name) =>
  fileURLToPath(new URL(`../src/${name}`, import.meta.url)),
);

/** The source files whose declarations the package exports. */
export function publicFiles() {
  return [...new Set(ENTRIES.flatMap(filesOf))];
}

/** The files from which an index exports, directly or through another index. */
function filesOf(index) {
  const names = [...readFileSync(index, 'utf8').matchAll(/^(?:export|\}).* from '(\..*)\.js';$/gm)];
  return names.flatMap(([, name]) => {
    const path = join(dirname(index), `${name}.ts`);
    return name.endsWith('/index') ? [path, ...filesOf(path)] : [path];
  });
}
