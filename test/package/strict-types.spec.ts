import { expect, it } from '@jest/globals';
import { join } from 'node:path';

import { run } from './program.js';
import { ROOT } from './tarball.js';

it('a host compiles with all strict checks, the README’s options and the package’s declarations', async () => {
  await expect(run('tsc', ['-p', join(ROOT, 'test/package/strict-host')], ROOT)).resolves.toBe('');
}, 60_000);
