import { afterAll, beforeAll, describe } from '@jest/globals';

import { temporaryFolder, type TemporaryFolder } from '../support/folders.js';
import { describeHostApp } from './describe-host-app.js';
import { describeTarball } from './describe-tarball.js';
import { pack } from './tarball.js';

let folder: TemporaryFolder;
let tarball: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  tarball = await pack(folder.path);
}, 60_000);
afterAll(() => folder.remove());

describe('the tarball', () => {
  describeTarball(() => tarball);
});

describe('the package in an application of Nest 11', () => {
  describeHostApp('nest-11', () => tarball);
});

/** It is compiled with all strict checks, and gives the package every option. */
describe('the package in an application of Nest 12', () => {
  describeHostApp('nest-12', () => tarball);
});
