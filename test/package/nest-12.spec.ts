import { describe } from '@jest/globals';

import { describeHostApp } from './describe-host-app.js';

describe('the package in an application of Nest 12', () => {
  describeHostApp('nest-12');
});
