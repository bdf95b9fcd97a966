import { currentGlobals } from './current-globals.mjs';

export const { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } =
  currentGlobals();
