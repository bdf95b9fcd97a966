import { join } from 'node:path';

import { run } from './program.js';

/** The repository, with a built `dist/`. */
export const ROOT = join(import.meta.dirname, '../..');

/** Packs the build into a folder and returns the tarball's path. */
export async function pack(folder: string): Promise<string> {
  // Without scripts, because packing would rebuild `dist/` during other tests.
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  return join(folder, (await run('npm', args, ROOT)).trim());
}
