import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';

import { VERSION } from '../../src/webhooks/version.js';

it('the version that receivers of webhooks see is the package’s', async () => {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});
