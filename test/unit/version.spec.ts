import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';

import { VERSION } from '../../src/webhooks/version.js';

it('the version in webhooks is that of the package', async () => {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});
