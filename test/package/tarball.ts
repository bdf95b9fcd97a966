import { join } from 'node:path';

import { run } from './program.js';

/** The repository, whose `dist/` has been built. */
export const ROOT = join(import.meta.dirname, '../..');

/** Packs what is built into a folder and returns the tarball's path. */
export async function pack(folder: string): Promise<string> {
  // No scripts: packing would build anew under the feet of other tests.
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  return join(folder, (await run('npm', args, ROOT)).trim());
}
