import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The source files whose declarations `src/index.ts` exports, directly or through another index. */
export function publicFiles(index = fileURLToPath(new URL('../src/index.ts', import.meta.url))) {
  const names = [...readFileSync(index, 'utf8').matchAll(/^(?:export|\}).* from '(\..*)\.js';$/gm)];
  return names.flatMap(([, name]) => {
    const path = join(dirname(index), `${name}.ts`);
    return name.endsWith('/index') ? [path, ...publicFiles(path)] : [path];
  });
}
