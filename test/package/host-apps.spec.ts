import { afterAll, beforeAll, describe } from '@jest/globals';

import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { describeHostApp } from './describe-host-app.js';
import { pack } from './tarball.js';

let folder: TemporaryFolder;
let tarball: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  tarball = await pack(folder.path);
}, 60_000);
afterAll(() => folder.remove());

/** The compiler checks the declarations of all packages, too. */
describe('the package in an application of Nest 11', () => {
  describeHostApp('nest-11', () => tarball);
});

/** The declarations are checked, with these versions of Nest and TypeScript, in `strict-types.spec.ts`. */
describe('the package in an application of Nest 12', () => {
  describeHostApp('nest-12', () => tarball);
});
